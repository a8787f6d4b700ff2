import { fixedInterceptUrl } from '../challenge/operations.ts';
import { maskedPan, type TestCard } from '../make-payment/test-cards.ts';
import { type Payment } from '../payment.ts';
import { type Html, html } from './html.ts';
import { kroner, type Page, summary, validUntil } from './layout.ts';

export type Shown = {
  readonly payment: Payment;
  readonly merchantName: string;
  readonly untilMs: number;
  readonly secondsLeft: number;
};

/** Where the shop's link leads: the customer says which phone has the app. */
export function landingPage(shown: Shown): Page {
  const { payment, merchantName, untilMs, secondsLeft } = shown;
  return {
    title: `Pay ${merchantName}`,
    secondsLeft,
    body: html`${summary(payment, merchantName)}
      <form method="post" action="/app/${payment.landingToken}/open">
        <label
          >Your phone number
          <input
            type="tel"
            name="phone"
            inputmode="numeric"
            autocomplete="tel-national"
            pattern="[0-9]{8}"
            required
            title="8 digits"
            value="${payment.customerMobileNumber ?? ''}"
        /></label>
        <button>Next</button>
      </form>
      ${action(payment, 'cancel', 'Cancel')} ${validUntil(untilMs)}`,
  };
}

/** The app: the customer picks a card and pays, cancels, or lets it be. */
export function appPage(shown: Shown, cards: readonly TestCard[]): Page {
  const { payment, merchantName, untilMs, secondsLeft } = shown;
  return {
    title: `Approve ${kroner(payment.amount)}`,
    secondsLeft,
    body: html`${summary(payment, merchantName)}
      <form method="post" action="/app/${payment.landingToken}/pay">
        <fieldset>
          <legend class="hint">Pay with a test card</legend>
          ${cards.map(cardChoice)}
        </fieldset>
        <button>Pay ${kroner(payment.amount)}</button>
      </form>
      ${action(payment, 'cancel', 'Cancel')} ${action(payment, 'ignore', 'Do nothing')}
      ${validUntil(untilMs)}`,
  };
}

function cardChoice(card: TestCard, index: number): Html {
  return html`<label
    ><input
      type="radio"
      name="card"
      value="${card.id}"
      ${index === 0 ? html` checked` : undefined}
    />${card.label}<span>${maskedPan(card.pan)}</span></label
  >`;
}

/**
 * The PSP asks for the step-up: its page is opened as a web view does, as a page of its own and in no
 * frame, and ends at an address at which the app takes over.
 */
export function challengePage(shown: Shown): Page {
  const { payment, merchantName, untilMs, secondsLeft } = shown;
  const { challenge, sentOperations } = payment;
  const opened = challenge?.opened ?? false;
  return {
    title: 'Your bank wants to know it is you',
    secondsLeft,
    body: html`${summary(payment, merchantName)}
      <h2>Your bank wants to know it is you</h2>
      ${strayed(payment)}
      <a class="button" href="/app/${payment.landingToken}/challenge"
        >${opened ? 'Open the page again' : 'Identify yourself'}</a
      >
      ${opened && !sentOperations ? cameBack(payment) : undefined}
      ${action(payment, 'cancel', 'Cancel')} ${validUntil(untilMs)}`,
  };
}

function strayed({ challenge }: Payment): Html | undefined {
  return challenge?.strayed === undefined
    ? undefined
    : html`<p class="bad">
        The page ended at an address that is none of those that it was given:
        <code>${challenge.strayed}</code>
      </p>`;
}

/** Without operations[] the page ends at Vipps' own address, where no browser takes over. */
function cameBack(payment: Payment): Html {
  return html`<p class="hint">
      The app takes over when the page reaches ${fixedInterceptUrl}. A browser does not: tell it.
    </p>
    ${action(payment, 'came-back', 'The page has reached it')}`;
}

/** The customer has put the phone away. */
export function ignoredPage(shown: Shown): Page {
  const { payment, merchantName, untilMs, secondsLeft } = shown;
  return {
    title: 'Nothing was done',
    secondsLeft,
    body: html`${summary(payment, merchantName)}
      <p>
        The payment is left alone. When its time is up, the shop's payment provider is told TIMEOUT.
      </p>
      ${validUntil(untilMs)} ${action(payment, 'time-out', 'Let the time be up now')}
      <a class="button" href="/app/${payment.landingToken}">Look at it again</a>`,
  };
}

function action(payment: Payment, name: string, label: string): Html {
  return html`<form method="post" action="/app/${payment.landingToken}/${name}">
    <button class="quiet">${label}</button>
  </form>`;
}

export function waitingPage(shown: Shown): Page {
  return {
    title: 'Paying…',
    refreshes: true,
    body: html`${summary(shown.payment, shown.merchantName)}
      <div class="spinner" role="status" aria-label="Waiting for the payment provider"></div>
      <p class="hint">Waiting for the payment provider…</p>`,
  };
}

export function messagePage(title: string, text: string): Page {
  return {
    title,
    body: html`<h1>${title}</h1>
      <p>${text}</p>`,
  };
}
