import { createHash } from 'node:crypto';
import { type Authentication } from './authentication.ts';

const style =
  ':root{color-scheme:light dark;--ink:#14213d;--soft:#55617a;--line:#d5dbe6;--paper:#fff;--ground:#eef1f6;' +
  '--accent:#27408b;--on-accent:#fff}' +
  '@media (prefers-color-scheme:dark){:root{--ink:#eef2fb;--soft:#b3bdd2;--line:#3b465e;--paper:#1b2335;' +
  '--ground:#111726;--accent:#a9bdf5;--on-accent:#101828}}' +
  '*{box-sizing:border-box}body{margin:0;min-height:100vh;background:var(--ground);color:var(--ink);' +
  'font:1rem/1.5 system-ui,sans-serif}main{max-width:27rem;margin:0 auto;padding:1.5rem 1rem 3rem}' +
  '.note{color:var(--soft);font-size:.85rem;text-align:center;margin:0 0 .75rem}' +
  '.card{background:var(--paper);border:1px solid var(--line);border-radius:1rem;padding:1.5rem}' +
  'h1{font-size:1.3rem;margin:0 0 1rem}dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:0 0 1.5rem}' +
  'dt{color:var(--soft)}dd{margin:0;text-align:right;overflow-wrap:anywhere}' +
  'button{display:block;width:100%;min-height:3rem;padding:.7rem 1rem;margin:0 0 .6rem;font:inherit;font-weight:600;' +
  'border:1px solid var(--accent);border-radius:999px;background:var(--accent);color:var(--on-accent);cursor:pointer}' +
  'button.quiet{background:transparent;color:var(--ink);border-color:var(--line)}' +
  ':focus-visible{outline:3px solid #d98e04;outline-offset:2px}';

/**
 * No scripts, and one style. There is no `form-action`: it would also hold for the redirects after
 * the form, which lead wherever the payment service provider and its wallet like.
 */
export const acsPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The customer's bank asks whether it is the customer. */
export function challengePage({ message, lastFour }: Authentication): string {
  const { merchantName, merchantSerialNumber, amount, currency } = message;
  return page(
    'Is it you?',
    `<dl>
<dt>To</dt><dd>${escaped(merchantName ?? merchantSerialNumber)}</dd>
<dt>Amount</dt><dd>${escaped(currency)} ${(amount / 100).toFixed(2)}</dd>
<dt>Card</dt><dd>ends with ${escaped(lastFour)}</dd>
</dl>
<form method="post">
<button name="ending" value="AUTHENTICATED">Yes, approve</button>
<button name="ending" value="FAILED" class="quiet">Fail the authentication</button>
<button name="ending" value="CANCELLED" class="quiet">Cancel</button>
<button name="ending" value="TIMED_OUT" class="quiet">Let the time be up now</button>
</form>`,
  );
}

/** The way back for those servers that post the result through the browser. */
export function returnByPostPage(returnUrl: string, authenticationId: string): string {
  return page(
    'Back to your payment',
    `<form method="post" action="${escaped(returnUrl)}">
<input type="hidden" name="threeDSServerTransID" value="${escaped(authenticationId)}">
<button>Continue</button>
</form>`,
  );
}

export function unknownChallengePage(): string {
  return page('There is no such challenge', '<p>Please go back to your payment.</p>');
}

function page(heading: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${heading} – simulated bank</title>
<style>${style}</style>
</head>
<body>
<main>
<p class="note">A simulated bank. No money moves here.</p>
<section class="card">
<h1>${heading}</h1>
${content}
</section>
</main>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
