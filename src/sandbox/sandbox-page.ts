import { type Html, html } from '../http/html.ts';
import { type Rail, railNames } from '../payments/rail.ts';
import { type PaymentSummary, type TimelineEntry } from '../payments/timeline-repository.ts';
import { type MerchantAnswer } from './sandbox-merchant-client.ts';

/** The first page of the sandbox, below PUBLIC_URL. */
export const sandboxPath = '/sandbox';

/** The pages' only style; they work without scripts. */
export const sandboxStyle = `
  * { box-sizing: border-box; }
  :root { color-scheme: light dark; --line: #8885; --soft: #8882; --accent: #2a6fdb; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
  h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
  form { display: grid; grid-template-columns: minmax(0, 1fr); gap: .75rem; max-width: 26rem; padding: 1rem; border: 1px solid var(--line); border-radius: .5rem; }
  label { display: grid; gap: .2rem; } input, select, button { font: inherit; padding: .45rem .6rem; width: 100%; }
  button { background: var(--accent); color: white; border: 0; border-radius: .35rem; cursor: pointer; }
  .scroll { overflow-x: auto; }
  table { border-collapse: collapse; width: 100%; font-size: .9rem; }
  th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
  th, td { white-space: nowrap; } td.long { white-space: normal; min-width: 18rem; overflow-wrap: anywhere; }
  pre { background: var(--soft); padding: .8rem; border-radius: .35rem; overflow-x: auto; font-size: .85rem; }
  .state { display: inline-block; padding: .1rem .6rem; border-radius: 1rem; background: var(--soft); font-weight: 600; }
  .note { border-left: 3px solid var(--accent); padding-left: .8rem; }
`;

export function startPage(view: {
  readonly recent: readonly PaymentSummary[];
  readonly vippsSimulatorUrl: string | null;
  readonly acquirerSimulatorUrl: string | null;
  readonly rail: Rail;
}): Html {
  return pageOf(
    'Vipps PSP adapter: sandbox',
    html` <h1>Try a Vipps payment</h1>
      <p>
        You are the shop. Start a payment, then be the customer in the simulated Vipps app: approve
        it, cancel it, or do nothing. No money moves.
      </p>
      <form method="post" action="${sandboxPath}/payments">
        <label
          >Amount in kroner
          <input
            name="kroner"
            value="49.00"
            inputmode="decimal"
            required
            pattern="[0-9]+([.,][0-9]{1,2})?"
        /></label>
        <label
          >How the customer gets to Vipps
          <select name="userFlow">
            <option value="WEB_REDIRECT">from a browser (WEB_REDIRECT)</option>
            <option value="PUSH_MESSAGE">by a push message to the phone (PUSH_MESSAGE)</option>
          </select>
        </label>
        ${railChoice(view.rail)}
        <label
          >Phone number <input name="phoneNumber" value="4791234567" inputmode="numeric"
        /></label>
        <label
          >What it is for
          <input name="description" value="Two pairs of woollen socks" maxlength="100"
        /></label>
        <button>Pay with Vipps</button>
      </form>
      ${amountsNote(view.acquirerSimulatorUrl)}
      ${view.vippsSimulatorUrl ? html`<p>The customer's phone: <a href="${view.vippsSimulatorUrl}">${view.vippsSimulatorUrl}</a></p>` : html``}
      <h2>Recent payments</h2>
      ${recentPayments(view.recent)}`,
  );
}

const railLabels = {
  'psp-v2': 'PSP API v2: the card, encrypted',
  'psp-v3': 'PSP API v3: a network token',
} as const satisfies Record<Rail, string>;

function railChoice(present: Rail): Html {
  return html`<label
    >Protocol with Vipps
    <select name="rail">
      ${railNames.map((rail) => html`<option value="${rail}" ${rail === present ? html`selected` : html``}>${railLabels[rail]}</option>`)}
    </select>
  </label>`;
}

function amountsNote(acquirerSimulatorUrl: string | null): Html {
  return html`<p class="note">
    Amounts such as 1.51 (insufficient funds), 1.82 (refused) or 1.94 (the acquirer never answers)
    make the simulated acquirer misbehave. At 2.01 the bank wants to know that it is you, and pays
    after 3-D Secure; at 2.02 it wants to know, and does not pay all the
    same${acquirerLink(acquirerSimulatorUrl)}.
  </p>`;
}

function acquirerLink(url: string | null): Html {
  return url === null ? html`` : html`; all of them, and its ledger: <a href="${url}">${url}</a>`;
}

function recentPayments(recent: readonly PaymentSummary[]): Html {
  if (recent.length === 0) return html`<p>None yet.</p>`;
  const rows = recent.map(
    (payment) =>
      html`<tr>
        <td><a href="${sandboxPath}/payments/${payment.reference}">${payment.reference}</a></td>
        <td>${kroner(payment.amountMinor)}</td>
        <td>${payment.state}</td>
        <td>${moment(payment.createdAt)}</td>
      </tr>`,
  );
  return table(['Reference', 'Amount', 'State', 'Created'], rows);
}

export function paymentPage(view: {
  readonly reference: string;
  readonly payment: MerchantAnswer;
  readonly events: MerchantAnswer;
  readonly timeline: readonly TimelineEntry[];
  readonly phoneUrl: string | null;
}): Html {
  const { state = 'UNKNOWN' } = (view.payment.body ?? {}) as { state?: string };
  const waiting = state === 'CREATED';
  return pageOf(
    `Payment ${view.reference}`,
    html` <p><a href="${sandboxPath}">Start another payment</a></p>
      <h1>Payment ${view.reference}</h1>
      <p>
        <span class="state">${state}</span>
        ${waiting ? 'Waiting for the customer. This page looks again every two seconds.' : ''}
      </p>
      ${waiting && view.phoneUrl ? html`<p>The customer's phone: <a href="${view.phoneUrl}">${view.phoneUrl}</a></p>` : html``}
      <h2>What happened</h2>
      ${timelineTable(view.timeline)}
      <h2>What the shop sees</h2>
      <pre>${JSON.stringify(view.payment.body, null, 2)}</pre>
      <h2>The shop's event log</h2>
      <pre>${JSON.stringify(view.events.body, null, 2)}</pre>`,
    waiting ? html`<meta http-equiv="refresh" content="2" />` : html``,
  );
}

function timelineTable(timeline: readonly TimelineEntry[]): Html {
  const rows = timeline.map(
    (entry) =>
      html`<tr>
        <td>${entry.sequence}</td>
        <td>${moment(entry.at)}</td>
        <td>${entry.event}</td>
        <td>${entry.amountMinor === null ? '' : kroner(entry.amountMinor)}</td>
        <td class="long">
          ${Object.keys(entry.detail).length === 0 ? '' : JSON.stringify(entry.detail)}
        </td>
      </tr>`,
  );
  return table(['', 'When', 'What', 'Amount', 'Why'], rows);
}

/** Wider than a phone, it scrolls by itself: the page stays where it is. */
function table(heads: readonly string[], rows: readonly Html[]): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${heads.map((head) => html`<th>${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

export function messagePage(title: string, text: string, detail: unknown): Html {
  return pageOf(
    title,
    html`<p><a href="${sandboxPath}">Back</a></p>
      <h1>${title}</h1>
      <p>${text}</p>
      <pre>${JSON.stringify(detail, null, 2)}</pre>`,
  );
}

/** To the second, in UTC: `2026-11-26 00:05:57`. */
function moment(at: Date): string {
  return at.toISOString().slice(0, 19).replace('T', ' ');
}

function kroner(minor: bigint): string {
  return `${minor / 100n}.${String(minor % 100n).padStart(2, '0')} kr`;
}

function pageOf(title: string, body: Html, head: Html = html``): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${head}
        <title>${title}</title>
        <link rel="stylesheet" href="${sandboxPath}/style.css" />
      </head>
      <body>
        <main>${body}</main>
      </body>
    </html>`;
}
