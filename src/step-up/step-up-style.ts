import { createHash } from 'node:crypto';
import { Html } from '../http/html.ts';

const style =
  ':root{color-scheme:light dark;--ink:#1b1f2a;--soft:#5a6274;--line:#d9dde6;--paper:#fff;' +
  '--ground:#f3f4f8;--accent:#3b3fb6;--on-accent:#fff;--focus:#b45309}' +
  '@media (prefers-color-scheme:dark){:root{--ink:#f1f3f9;--soft:#b4bccd;--line:#3a4154;' +
  '--paper:#1d2230;--ground:#12151e;--accent:#b9bcff;--on-accent:#15182a;--focus:#fbbf24}}' +
  '*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}' +
  'body{margin:0;min-height:100vh;background:var(--ground);color:var(--ink);' +
  'font:1.0625rem/1.5 system-ui,sans-serif}' +
  'main{max-width:27rem;margin:0 auto;padding:max(1rem,6vh) 1rem 2rem}' +
  '.card{background:var(--paper);border:1px solid var(--line);border-radius:1rem;padding:1.5rem}' +
  'h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem}p{margin:0 0 1.25rem}' +
  'dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:0 0 1.5rem;' +
  'padding:1rem 0;border:solid var(--line);border-width:1px 0}' +
  'dt{color:var(--soft)}dd{margin:0;text-align:right;overflow-wrap:anywhere;font-weight:600}' +
  'form{margin:0}button,.button{display:block;width:100%;min-height:3rem;padding:.7rem 1rem;' +
  'margin:0 0 .75rem;font:inherit;font-weight:600;text-align:center;text-decoration:none;' +
  'border:1px solid var(--accent);border-radius:.75rem;background:var(--accent);' +
  'color:var(--on-accent);cursor:pointer;overflow-wrap:anywhere;hyphens:auto}' +
  '.quiet{background:transparent;color:var(--ink);border-color:var(--line)}' +
  '.note{color:var(--soft);font-size:.9375rem;text-align:center;margin:.5rem 0 0}' +
  ':focus-visible{outline:3px solid var(--focus);outline-offset:2px}';

/** Whole, as not a space may come into what the hash is of. */
export const styleElement = new Html(`<style>${style}</style>`);

/**
 * The pages may load nothing and run nothing; the one style that they have is named by its hash. A
 * form goes to ourselves only, and so must every redirect after it: browsers differ in whether they
 * hold those to the policy as well, and where a bank redirects to is not known.
 */
export const stepUpPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');
