import { request } from 'undici';

/** One exchange as it crossed a wire. */
export interface Exchange {
  readonly from: string;
  readonly to: string;
  readonly line: string;
  readonly sent?: unknown;
  readonly status: number;
  readonly received?: unknown;
}

/** Members whose values are nobody's to read, on whichever side they appear. */
const secretMembers = new Set([
  'access_token',
  'cardData',
  'client_secret',
  'cryptogram',
  'makePaymentToken',
  'number',
  'url3dSecure',
]);
const textLengthMax = 96;

let steps = 0;

/** Prints an exchange, secrets and card data masked. */
export function show(exchange: Exchange): void {
  steps += 1;
  console.log(`\n${steps}. ${exchange.from} → ${exchange.to}`);
  console.log(`   ${exchange.line}`);
  if (exchange.sent !== undefined) console.log(indented(masked(exchange.sent)));
  console.log(`   ← ${exchange.status}`);
  if (exchange.received !== undefined) console.log(indented(masked(exchange.received)));
}

export function say(text: string): void {
  console.log(`\n   ${text}`);
}

/** A copy in which secrets are masked and long texts cut. */
export function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value === 'string') {
    return value.length > textLengthMax ? `${value.slice(0, textLengthMax)}…` : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      secretMembers.has(name) && typeof member === 'string'
        ? `[${member.length} characters]`
        : masked(member),
    ]),
  );
}

function indented(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(/^/gm, '     ');
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Sends JSON and reads JSON; an empty answer is null. */
export async function call(
  method: 'GET' | 'POST' | 'PATCH',
  url: string,
  options: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<Answer> {
  const answer = await request(url, {
    method,
    headers: { 'Content-Type': 'application/json', ...options.headers },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await answer.body.text();
  return { status: answer.statusCode, body: text === '' ? null : (JSON.parse(text) as unknown) };
}
