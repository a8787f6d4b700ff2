import { type Callback, type FailureReason, type Payment } from '../payment.ts';
import { type Html, html } from './html.ts';
import { type Page, summary } from './layout.ts';

const reasons: Readonly<Record<FailureReason, string>> = {
  CANCEL: 'You cancelled.',
  TIMEOUT: 'The time was up.',
  NO: 'Something went wrong at Vipps.',
  REFUSED: 'The payment provider refused.',
  NO_ANSWER: 'The payment provider did not answer in time.',
  HTTP_STATUS: 'The payment provider answered with an HTTP error.',
  BAD_ANSWER: 'The payment provider’s answer could not be understood.',
};

/** What became of the payment, what the PSP answered, and the way back to the shop. */
export function resultPage(payment: Payment, merchantName: string): Page {
  return {
    title: headline(payment),
    body: html`${summary(payment, merchantName)}
      <h1 class="${payment.state === 'RESERVED' ? 'good' : 'bad'}">${headline(payment)}</h1>
      <p>${payment.failure === undefined ? '' : reasons[payment.failure]}</p>
      ${back(payment)} ${payment.callbacks.map(answer)}`,
  };
}

function headline(payment: Payment): string {
  return payment.state === 'RESERVED' ? 'Paid' : 'Not paid';
}

function back({ pspRedirectUrl, skipLandingPage }: Payment): Html | undefined {
  if (skipLandingPage) return html`<p class="hint">You can go back to the shop yourself.</p>`;
  if (/^\s*(javascript|data|vbscript):/i.test(pspRedirectUrl)) return undefined;
  return html`<a class="button" href="${pspRedirectUrl}" rel="noreferrer">Back to the shop</a>`;
}

function answer(callback: Callback): Html {
  const { confirmed, outcome, httpStatus, durationMs, problem, bodyBase64, remarks } = callback;
  const status = httpStatus === undefined ? [] : [`HTTP ${httpStatus}`];
  const fate = outcome.toLowerCase().replaceAll('_', ' ');
  const said = [`makePayment ${confirmed}: ${fate}`, ...status, `${durationMs} ms`].join(', ');
  const body = bodyBase64 === undefined ? problem : Buffer.from(bodyBase64, 'base64').toString();
  return html`<p class="hint">${said}</p>
    <pre>${body ?? ''}</pre>
    ${remarks.map((remark) => html`<p class="hint bad">${remark}</p>`)}`;
}
