import { createHash } from 'node:crypto';
import { Html, html } from '../http/html.ts';
import { merchantStateOf, type PaymentState } from '../payments/payment-state.ts';
import { type ReturningPayment } from './return-repository.ts';

export type ReturnStatus = 'pending' | 'paid' | 'failed';

const statusOfMerchantState = {
  CREATED: 'pending',
  AUTHORIZED: 'paid',
  ABORTED: 'failed',
  EXPIRED: 'failed',
  TERMINATED: 'failed',
} as const satisfies Record<string, ReturnStatus>;

export function returnStatusOf(state: PaymentState): ReturnStatus {
  return statusOfMerchantState[merchantStateOf[state]];
}

const words = {
  pending: ['Waiting for your payment', 'This page looks again by itself.'],
  paid: ['Thank you, you have paid', 'You can close this page.'],
  // An authorisation that is being reversed may be seen at the bank for a while.
  failed: [
    'The payment did not go through',
    'You have not paid. Should your bank show a reservation, it goes away by itself.',
  ],
} as const satisfies Record<ReturnStatus, readonly [heading: string, text: string]>;

const refreshSeconds = 2;

const style =
  'body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1.5rem;' +
  'text-align:center;color:#222;background:#fff}h1{font-size:1.6rem}.paid h1{color:#1a7f37}' +
  '.failed h1{color:#b42318}dl{display:grid;grid-template-columns:1fr 1fr;gap:.3rem 1rem}' +
  'dt{text-align:right;color:#666}dd{margin:0;text-align:left;overflow-wrap:anywhere}';

/** The page may load nothing and run nothing; the one style that it has is named by its hash. */
export const returnPagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page that a customer comes back to; while the payment is pending it loads itself again. */
export function renderReturnPage(payment: ReturningPayment): Html {
  const status = returnStatusOf(payment.state);
  const [heading, text] = words[status];
  const content = html`<p>${text}</p>
    <dl>
      <dt>To</dt>
      <dd>${payment.merchantName}</dd>
      <dt>For</dt>
      <dd>${payment.paymentText}</dd>
      <dt>Amount</dt>
      <dd>${amountText(payment)}</dd>
    </dl>
    ${status === 'pending' ? nothing : backLink(payment)}`;
  return page({ status, heading, content });
}

export function renderUnknownPage(): Html {
  const content = html`<p>Please go back to the shop.</p>`;
  return page({ status: 'failed', heading: 'There is no such payment', content });
}

const nothing = html``;

/** Whole, as not a space may come into what the hash is of. */
const styleElement = new Html(`<style>${style}</style>`);

function page(parts: {
  readonly status: ReturnStatus;
  readonly heading: string;
  readonly content: Html;
}): Html {
  const { status, heading, content } = parts;
  const refresh = html`<meta http-equiv="refresh" content="${refreshSeconds}" />`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${status === 'pending' ? refresh : nothing}
        <title>${heading}</title>
        ${styleElement}
      </head>
      <body class="${status}">
        <h1>${heading}</h1>
        ${content}
      </body>
    </html>`;
}

function backLink({ returnUrl, merchantName }: ReturningPayment): Html {
  if (returnUrl === null) return nothing;
  return html`<p><a href="${returnUrl}" rel="noreferrer">Back to ${merchantName}</a></p>`;
}

function amountText({ amountMinor, currency }: ReturningPayment): string {
  const whole = amountMinor / 100n;
  const rest = String(amountMinor % 100n).padStart(2, '0');
  return `${currency} ${String(whole)}.${rest}`;
}
