import { createHash } from 'node:crypto';
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
  failed: ['The payment did not go through', 'No money was taken.'],
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
export function renderReturnPage(payment: ReturningPayment): string {
  const status = returnStatusOf(payment.state);
  const [heading, text] = words[status];
  return page({
    status,
    heading,
    refresh: status === 'pending',
    content: [
      `<p>${text}</p>`,
      '<dl>',
      `<dt>To</dt><dd>${escapeHtml(payment.merchantName)}</dd>`,
      `<dt>For</dt><dd>${escapeHtml(payment.paymentText)}</dd>`,
      `<dt>Amount</dt><dd>${amountText(payment)}</dd>`,
      '</dl>',
      ...(payment.returnUrl === null || status === 'pending' ? [] : [backLink(payment)]),
    ],
  });
}

export function renderUnknownPage(): string {
  return page({
    status: 'failed',
    heading: 'There is no such payment',
    refresh: false,
    content: ['<p>Please go back to the shop.</p>'],
  });
}

function page(parts: {
  readonly status: ReturnStatus;
  readonly heading: string;
  readonly refresh: boolean;
  readonly content: readonly string[];
}): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="robots" content="noindex">',
    ...(parts.refresh ? [`<meta http-equiv="refresh" content="${refreshSeconds}">`] : []),
    `<title>${parts.heading}</title>`,
    `<style>${style}</style>`,
    '</head>',
    `<body class="${parts.status}">`,
    `<h1>${parts.heading}</h1>`,
    ...parts.content,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function backLink({ returnUrl, merchantName }: ReturningPayment): string {
  const href = escapeHtml(returnUrl ?? '');
  return `<p><a href="${href}" rel="noreferrer">Back to ${escapeHtml(merchantName)}</a></p>`;
}

function amountText({ amountMinor, currency }: ReturningPayment): string {
  const whole = amountMinor / 100n;
  const rest = String(amountMinor % 100n).padStart(2, '0');
  return `${currency} ${String(whole)}.${rest}`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
