import { type Payment } from '../payment.ts';
import { type Html, html } from './html.ts';

export type Page = {
  readonly title: string;
  readonly body: Html;
  /** Loads itself again after a second. */
  readonly refreshes?: boolean;
  /** Seconds for the countdown on the page. */
  readonly secondsLeft?: number;
};

export function layout({ title, body, refreshes = false, secondsLeft }: Page): string {
  const countdown = secondsLeft === undefined ? undefined : Math.max(0, Math.floor(secondsLeft));
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        ${refreshes ? html`<meta http-equiv="refresh" content="1" />` : undefined}
        <title>${title}</title>
        <link rel="stylesheet" href="/simulator.css" />
        ${countdown === undefined ? undefined : html`<link rel="stylesheet" href="/countdown.css?seconds=${countdown}" />`}
      </head>
      <body>
        <main>
          <header>A simulated Vipps. No money moves here.</header>
          <section class="card">${body}</section>
        </main>
      </body>
    </html> `.markup;
}

/** An amount in øre as people write it. */
export function kroner(amount: number): string {
  const ore = String(amount % 100).padStart(2, '0');
  const whole = String(Math.floor(amount / 100)).replace(/\B(?=(\d{3})+$)/g, ' ');
  return `${whole},${ore} kr`;
}

export function summary(payment: Payment, merchantName: string): Html {
  return html`<h1>${merchantName}</h1>
    <p class="amount">${kroner(payment.amount)}</p>
    <p class="text">${payment.paymentText ?? payment.merchantOrderId}</p>`;
}

export function validUntil(untilMs: number): Html {
  const time = new Intl.DateTimeFormat('nb-NO', {
    timeZone: 'Europe/Oslo',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(untilMs);
  return html`<p class="hint countdown">Open until ${time}</p>`;
}
