import { type Html, html } from '../http/html.ts';
import { type Currency } from '../shared/money.ts';
import { type Language } from './choose-language.ts';
import { type StepUpSession } from './step-up-repository.ts';
import { styleElement } from './step-up-style.ts';
import { words } from './words.ts';

type Shown = Pick<StepUpSession, 'merchantName' | 'amountMinor' | 'currency' | 'secondsLeft'>;

/** Where the forms and links of a page lead. */
export interface PagePaths {
  /** POST: go to the bank. */
  readonly enter: string;
  /** POST: give up. */
  readonly cancel: string;
  /** GET: ask how it went. */
  readonly comeBack: string;
}

/** The first page, and the same once more for whoever comes back to it from the bank. */
export function renderConfirmPage(
  language: Language,
  session: Shown,
  paths: PagePaths,
  moment: 'confirm' | 'goOn',
): Html {
  const { heading, text, button } = words[language][moment];
  const content = html`<p>${text}</p>
    ${summary(language, session)}
    <form method="post" action="${paths.enter}"><button>${button}</button></form>
    ${cancelForm(language, paths)}
    <p class="note">${timeLeft(language, session)}</p>`;
  return page({ language, heading, content });
}

/** For whoever may not go to the bank from here, and for whose bank has not answered. */
export function renderWaitPage(
  language: Language,
  session: Shown,
  paths: PagePaths,
  moment: 'elsewhere' | 'pending',
): Html {
  const { heading, text, button } = words[language][moment];
  const content = html`<p>${text}</p>
    ${summary(language, session)} <a class="button" href="${paths.comeBack}">${button}</a>
    ${cancelForm(language, paths)}
    <p class="note">${timeLeft(language, session)}</p>`;
  return page({ language, heading, content });
}

/** A page that leads on by itself, at once: what is not done by a redirect after a form. */
export function renderGoingPage(language: Language, moment: 'toBank' | 'toApp', url: string): Html {
  const { heading, button } = words[language][moment];
  const content = html`<a class="button" href="${url}" rel="noreferrer">${button}</a>`;
  const head = html`<meta http-equiv="refresh" content="0;url=${url}" />`;
  return page({ language, heading, content, head });
}

export function renderUnknownPage(language: Language): Html {
  const { heading, text } = words[language].unknown;
  return page({ language, heading, content: html`<p>${text}</p>` });
}

/** A fault of ours: nothing is lost, and the same page may work in a moment. */
export function renderTroublePage(language: Language, url: string): Html {
  const { heading, text, button } = words[language].trouble;
  const content = html`<p>${text}</p>
    <a class="button" href="${url}">${button}</a>`;
  return page({ language, heading, content });
}

function page(parts: {
  readonly language: Language;
  readonly heading: string;
  readonly content: Html;
  readonly head?: Html;
}): Html {
  const { language, heading, content, head = html`` } = parts;
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        ${head}
        <title>${heading}</title>
        ${styleElement}
      </head>
      <body>
        <main>
          <div class="card">
            <h1>${heading}</h1>
            ${content}
          </div>
        </main>
      </body>
    </html>`;
}

function summary(language: Language, session: Shown): Html {
  const { to, amount } = words[language];
  return html`<dl>
    <dt>${to}</dt>
    <dd>${session.merchantName}</dd>
    <dt>${amount}</dt>
    <dd>${amountText(language, session.amountMinor, session.currency)}</dd>
  </dl>`;
}

function cancelForm(language: Language, { cancel }: PagePaths): Html {
  return html`<form method="post" action="${cancel}">
    <button class="quiet">${words[language].cancel}</button>
  </form>`;
}

function timeLeft(language: Language, { secondsLeft }: Shown): string {
  return words[language].minutesLeft(Math.max(1, Math.floor(secondsLeft / 60)));
}

/** As the language writes it. Every currency here has two decimals. */
function amountText(language: Language, minor: bigint, currency: Currency): string {
  const whole = `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}` as `${number}`;
  return new Intl.NumberFormat(language, { style: 'currency', currency }).format(whole);
}
