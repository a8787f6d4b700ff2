/** The look of the simulated app: our own, and deliberately nobody's brand. */
export const stylesheet = `
:root { color-scheme: light; --ink: #16233a; --soft: #5b6b85; --line: #dfe5ee; --accent: #0b6e5f;
  --bad: #a3293b; --paper: #fff; }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; background: #eef2f7; color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 420px; margin: 0 auto; padding: 24px 16px 48px; }
header { color: var(--soft); font-size: 13px; text-align: center; padding-bottom: 12px; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 16px;
  padding: 24px; box-shadow: 0 8px 24px rgb(22 35 58 / 8%); }
h1 { font-size: 20px; margin: 0 0 4px; }
.amount { font-size: 36px; font-weight: 650; margin: 8px 0; font-variant-numeric: tabular-nums; }
.text, .hint { color: var(--soft); margin: 0 0 16px; }
h2 { font-size: 17px; margin: 0 0 12px; }
.hint { font-size: 13px; }
label { display: block; margin: 0 0 12px; }
input[type="tel"] { width: 100%; padding: 12px; margin-top: 4px; font: inherit;
  border: 1px solid var(--line); border-radius: 10px; }
fieldset { border: 1px solid var(--line); border-radius: 10px; margin: 0 0 16px; padding: 8px 12px; }
fieldset label { display: flex; gap: 10px; align-items: center; margin: 0; padding: 8px 0; }
fieldset label span { margin-left: auto; color: var(--soft); font-variant-numeric: tabular-nums; }
button, .button { display: block; width: 100%; padding: 14px; margin: 0 0 10px; font: inherit;
  font-weight: 600; text-align: center; text-decoration: none; cursor: pointer;
  border: 1px solid var(--accent); border-radius: 999px; background: var(--accent); color: #fff; }
button.quiet { background: var(--paper); color: var(--ink); border-color: var(--line); }
:focus-visible { outline: 3px solid #f2a93b; outline-offset: 2px; }
.good { color: var(--accent); } .bad { color: var(--bad); }
.countdown { font-variant-numeric: tabular-nums; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f5f7fa; border-radius: 10px;
  padding: 12px; font-size: 13px; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
td { border-top: 1px solid var(--line); padding: 8px 0; vertical-align: top; }
td:last-child { text-align: right; }
.spinner { width: 40px; height: 40px; margin: 16px auto; border-radius: 50%;
  border: 4px solid var(--line); border-top-color: var(--accent); animation: turn 1s linear infinite; }
@keyframes turn { to { transform: rotate(360deg); } }
@media (prefers-reduced-motion: reduce) { .spinner { animation-duration: 6s; } }
`;

const countdownSecondsMax = 3_600;

/** A clock that runs down by itself, in a browser without scripts. */
export function countdownStylesheet(seconds: number): string {
  const left = Math.max(0, Math.min(countdownSecondsMax, Math.floor(seconds) || 0));
  const integer = (name: string): string =>
    `@property --${name} { syntax: "<integer>"; initial-value: 0; inherits: false; }`;
  return `
${['left', 'minutes', 'seconds'].map(integer).join('\n')}
.countdown::after {
  --minutes: max(0, (var(--left) - 29.5) / 60);
  --seconds: calc(var(--left) - var(--minutes) * 60);
  animation: run-down ${left}s linear forwards;
  counter-reset: minutes var(--minutes) seconds var(--seconds);
  content: " (" counter(minutes) ":" counter(seconds, decimal-leading-zero) " left)";
}
@keyframes run-down { from { --left: ${left}; } to { --left: 0; } }
`;
}
