import { createHash } from 'node:crypto';
import { specialAmounts } from './amounts.ts';
import { type LedgerEntry } from './books.ts';
import { testCards } from './test-cards.ts';

const entriesShownMax = 200;

const style = `
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem; }
  table { border-collapse: collapse; margin: 1rem 0; }
  th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #ccc; }
  .amount { text-align: right; } .declined { color: #a00; } code { font-size: .9em; }
  .wide { overflow-x: auto; }`;

/** The page's only style, allowed by its hash; scripts, images and frames are not. */
export const ledgerPagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The ledger's newest entries, for people. */
export function ledgerPage(entries: readonly LedgerEntry[]): string {
  const shown = entries.slice(-entriesShownMax).reverse();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Simulated acquirer</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Simulated acquirer</h1>
<p>For tests only: no money moves here. As JSON: <a href="/ledger">ledger</a>,
<a href="/control">control</a>, <a href="/control/cards">cards</a>,
<a href="/control/amounts">amounts</a>.</p>
<h2 id="ledger">Ledger</h2>
<p>${entries.length} entries, the newest ${shown.length} first. Amounts in minor units.</p>
<div class="wide"><table aria-labelledby="ledger">
<tr><th scope="col">At</th><th scope="col">Type</th><th scope="col">Result</th><th scope="col">Code</th>
<th scope="col">Amount</th><th scope="col">Reference</th><th scope="col">Original</th>
<th scope="col">Payment</th></tr>
${shown.map(entryRow).join('\n')}
</table></div>
<h2 id="amounts">What amounts do</h2>
<table aria-labelledby="amounts">
<tr><th scope="col">Amount</th><th scope="col">The authorisation</th></tr>
${specialAmounts.map(({ from, to, meaning }) => row([from === to ? `${from}` : `${from} to ${to}`, meaning])).join('\n')}
</table>
<p>Any other amount is approved at once.</p>
<h2 id="cards">Cards</h2>
<table aria-labelledby="cards">
<tr><th scope="col">Number</th><th scope="col">Expiry (YYMM)</th><th scope="col">Answers</th>
<th scope="col">Note</th></tr>
${testCards.map(({ number, expiry, answers, note }) => row([number, expiry, answers === 'BY_AMOUNT' ? 'by amount' : answers, note])).join('\n')}
</table>
</main>
</body>
</html>
`;
}

function entryRow(entry: LedgerEntry): string {
  const result = entry.approved ? '<td>approved</td>' : '<td class="declined">not approved</td>';
  return (
    `<tr><td>${escaped(entry.at)}</td><td>${entry.type}</td>${result}` +
    `<td>${escaped(entry.responseCode)}</td>` +
    `<td class="amount">${entry.amount} ${escaped(entry.currency)}</td>` +
    `<td><code>${escaped(entry.reference)}</code></td>` +
    `<td><code>${escaped(entry.originalReference ?? '')}</code></td>` +
    `<td><code>${escaped(entry.pspTransactionId)}</code></td></tr>`
  );
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
