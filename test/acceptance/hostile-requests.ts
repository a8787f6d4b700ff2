import fc from 'fast-check';
import { type Piece } from './raw-http.ts';

/** A call that the adapter says it serves. */
export interface Route {
  readonly method: string;
  /** With `{name}` for each parameter. */
  readonly path: string;
  readonly query: readonly string[];
  readonly hasBody: boolean;
}

/** A request as bytes, and what there is to say of it. */
export interface HostileRequest {
  readonly route: Route;
  readonly pieces: readonly Piece[];
  /** The caller goes away instead of waiting for the answer that will not come before a time-out. */
  readonly cut: boolean;
}

interface DocumentedCall {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: unknown;
}

/** The calls of an OpenAPI document. */
export function routesIn(document: unknown): readonly Route[] {
  const { paths } = document as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedCall>>>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      query: parameters.filter((each) => each.in === 'query').map(({ name }) => name),
      hasBody: requestBody !== undefined,
    })),
  );
}

export interface Hostility {
  readonly routes: readonly Route[];
  /** Sets of headers that let a caller in, or do not. */
  readonly credentials: readonly Readonly<Record<string, string>>[];
  /** Values that lead somewhere: ids, references, good bodies. */
  readonly goodValues: readonly string[];
  readonly goodBodies: readonly object[];
}

/** The same requests for the same seed. */
export function hostileRequests(
  hostility: Hostility,
  { seed, count }: { readonly seed: number; readonly count: number },
): readonly HostileRequest[] {
  return fc.sample(requestOf(hostility), { seed, numRuns: count });
}

const nastyTexts = [
  '',
  ' ',
  '\0',
  '\ud800',
  '\udfff\ud800',
  '\u{feff}',
  '\u202e',
  '\u00e5\u{1f9e6}',
  "'; drop table payment; --",
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  '${7*7}',
  '%s%n',
  'null',
  '-1',
  '1e400',
  'NaN',
  'x'.repeat(5_000),
  '9'.repeat(400),
];

const nastyPathParts = [
  '',
  '.',
  '..',
  '%00',
  '%',
  '%zz',
  '%E0%A4%A',
  '%ed%a0%80',
  '%2e%2e%2f',
  '%ff%fe',
  '%0d%0aX-Injected:%201',
  "'%20or%201=1",
  '__proto__',
  'constructor',
  '*',
  ':reference',
  '{reference}',
  'a'.repeat(4_000),
  '1'.repeat(36),
  '00000000-0000-0000-0000-000000000000',
];

const nastyHeaders: readonly (readonly [string, string])[] = [
  ['Content-Type', ''],
  ['Content-Type', 'text/xml'],
  ['Content-Type', 'application/json; charset=utf-7'],
  ['Content-Type', 'multipart/form-data; boundary='],
  ['Content-Type', 'application/x-www-form-urlencoded'],
  ['Content-Type', `application/json; ${'a=b; '.repeat(500)}`],
  ['Content-Encoding', 'gzip'],
  ['Content-Encoding', 'br, gzip, deflate'],
  ['Expect', '100-continue'],
  ['Expect', 'a miracle'],
  ['Accept', '*/*;q=nonsense'],
  ['Authorization', ''],
  ['Authorization', `Bearer ${'a'.repeat(6_000)}`],
  ['Authorization', 'Bearer a.b.c'],
  ['Authorization', 'Basic Og=='],
  ['Idempotency-Key', '\u00e5'],
  ['Idempotency-Key', "' --"],
  ['Merchant-Serial-Number', '-1'],
  ['client_id', '\u00ff'],
  ['Host', ''],
  ['Host', 'evil.example:99999999'],
  ['X-Forwarded-For', '127.0.0.1'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['Connection', 'upgrade'],
  ['Upgrade', 'h2c'],
  ['Range', 'bytes=0-18446744073709551615'],
  ['If-None-Match', '*'],
  ['Cookie', '__proto__=1; a'],
  ['X-Long', 'x'.repeat(9_000)],
  ['X-Too-Long', 'x'.repeat(20_000)],
];

const nastyJson: readonly string[] = [
  '',
  '{',
  'nul',
  '\u{feff}{}',
  '{"a":1}{"b":2}',
  '{"a":1,"a":2,"__proto__":{"b":1}}',
  '{"__proto__":{"status":500},"constructor":{"prototype":{}}}',
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  '{"pspTransactionId":"\\ud800","reference":"\\u0000"}',
  '"\\ud800"',
  '1e999999',
  `{"amount":{"value":${'9'.repeat(1_000)},"currency":"NOK"}}`,
  `{"x":"${'y'.repeat(70_000)}"}`,
  `{"x":"${'y'.repeat(300_000)}"}`,
  `{${Array.from({ length: 5_000 }, (_, at) => `"k${at}":${at}`).join(',')}}`,
];

const methods = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'get',
  'G\0T',
];

/** How the length of the body is told, truly or not. */
const framings = [
  'length',
  'length',
  'length',
  'chunked',
  'none',
  'both',
  'badChunks',
  'tooLong',
  'twice',
  'http10',
  'pipelined',
] as const;

function requestOf(hostility: Hostility): fc.Arbitrary<HostileRequest> {
  const { routes, credentials } = hostility;
  return fc
    .record({
      route: fc.constantFrom(...routes),
      method: mostly(undefined, fc.constantFrom(...methods)),
      parts: fc.array(partOf(hostility), { minLength: 4, maxLength: 4 }),
      tail: mostly('', fc.constantFrom('/', '//', '/..', '/%00', '?', '#x', '/x'.repeat(500))),
      query: fc.array(fc.tuple(fc.nat(20), partOf(hostility)), { maxLength: 3 }),
      credential: fc.constantFrom(...credentials),
      headers: fc.array(fc.constantFrom(...nastyHeaders), { maxLength: 2 }),
      body: bodyOf(hostility),
      framing: fc.constantFrom(...framings),
    })
    .map((choice) => {
      const { route, framing } = choice;
      const target = targetOf(route, choice.parts, choice.tail, choice.query);
      const headers = [
        ['Host', 'adapter'] as const,
        ...Object.entries({ 'Content-Type': 'application/json', ...choice.credential }),
        ...choice.headers,
      ];
      const body = route.hasBody || framing !== 'length' ? choice.body : Buffer.alloc(0);
      const line = `${choice.method ?? route.method} ${target}`;
      return { route, ...framed({ line, headers, body, framing }) };
    });
}

function mostly<Value>(usual: Value, otherwise: fc.Arbitrary<Value>): fc.Arbitrary<Value> {
  return fc.oneof(
    { arbitrary: fc.constant(usual), weight: 4 },
    { arbitrary: otherwise, weight: 1 },
  );
}

function partOf({ goodValues }: Hostility): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom(...goodValues),
    fc.constantFrom(...nastyPathParts),
    fc.string({ unit: 'binary', maxLength: 40 }).map(encoded),
  );
}

/** Lone surrogates too: encodeURIComponent refuses them. */
function encoded(text: string): string {
  return Buffer.from(text, 'utf16le').toString('hex').replaceAll(/../g, '%$&');
}

function targetOf(
  route: Route,
  parts: readonly string[],
  tail: string,
  query: readonly (readonly [number, string])[],
): string {
  let next = 0;
  const path = route.path.replaceAll(/\{\w+\}/g, () => parts[next++ % parts.length] ?? '');
  const names = [...route.query, '__proto__', 'a[b]', ''];
  const pairs = query.map(([number, value]) => `${names[number % names.length] ?? ''}=${value}`);
  return `${path}${tail}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`;
}

function bodyOf({ goodBodies }: Hostility): fc.Arbitrary<Buffer> {
  const nastyValue = fc.oneof(
    fc.constantFrom(...nastyTexts),
    fc.jsonValue({ maxDepth: 3, noUnicodeString: false }),
    fc.constantFrom(0, -1, 1.5, 2 ** 53, -(2 ** 53), 1e308, true, null),
  );
  const spoilt = fc
    .tuple(fc.constantFrom(...goodBodies), fc.nat(1_000), nastyValue)
    .map(([good, at, value]) => JSON.stringify(withOne(good, at, value)));
  return fc.oneof(
    { arbitrary: spoilt.map((text) => Buffer.from(text)), weight: 6 },
    { arbitrary: fc.constantFrom(...nastyJson).map((text) => Buffer.from(text)), weight: 2 },
    {
      arbitrary: fc
        .constantFrom(...goodBodies)
        .map((good) => Buffer.from(JSON.stringify(good), 'utf16le')),
      weight: 1,
    },
    { arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)), weight: 1 },
  );
}

/** The object with one of its members, however deep, replaced. */
function withOne(value: unknown, at: number, by: unknown): unknown {
  if (typeof value !== 'object' || value === null) return by;
  const names = Object.keys(value);
  const name = names[at % Math.max(1, names.length)];
  if (name === undefined) return by;
  const member = (value as Record<string, unknown>)[name];
  const changed = at % 3 === 0 ? by : withOne(member, Math.floor(at / 3), by);
  return Array.isArray(value)
    ? value.map((each: unknown, index) => (String(index) === name ? changed : each))
    : { ...value, [name]: changed };
}

interface Unframed {
  readonly line: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
  readonly framing: (typeof framings)[number];
}

function framed({
  line,
  headers,
  body,
  framing,
}: Unframed): Pick<HostileRequest, 'pieces' | 'cut'> {
  const text = (version: string, more: readonly string[]): Buffer => {
    const lines = [...headers.map(([name, value]) => `${name}: ${value}`), ...more];
    return Buffer.from(`${line} HTTP/${version}\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  };
  const close = 'Connection: close';
  const length = `Content-Length: ${body.length}`;
  const chunks = (size: string): Buffer =>
    Buffer.concat([Buffer.from(`${size}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);
  const chunked = 'Transfer-Encoding: chunked';
  const hex = body.length.toString(16);
  switch (framing) {
    case 'length':
      return { pieces: [text('1.1', [length, close]), body], cut: false };
    case 'chunked':
      return { pieces: [text('1.1', [chunked, close]), chunks(hex)], cut: false };
    case 'none':
      return { pieces: [text('1.1', [close]), body], cut: false };
    case 'both':
      return { pieces: [text('1.1', [length, chunked, close]), chunks(hex)], cut: false };
    case 'badChunks':
      return { pieces: [text('1.1', [chunked, close]), chunks(`${hex}0zz;x`)], cut: false };
    case 'tooLong':
      return {
        pieces: [text('1.1', [`Content-Length: ${body.length + 100}`]), body, 20],
        cut: true,
      };
    case 'twice':
      return { pieces: [text('1.1', [length, 'Content-Length: 0', close]), body], cut: false };
    case 'http10':
      return { pieces: [text('1.0', [length]), body], cut: false };
    case 'pipelined':
      return {
        pieces: [
          text('1.1', [length]),
          body,
          text('1.1', [length]),
          body,
          text('1.1', [length, close]),
          body,
        ],
        cut: false,
      };
  }
}
