/** What of a network token must never be a string, since a string cannot be wiped. */
export interface TokenSecrets {
  readonly number?: Buffer;
  readonly cryptogram?: Buffer;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const openBrace = 0x7b;
const openBracket = 0x5b;
const closeBrace = 0x7d;
const closeBracket = 0x5d;
const asterisk = 0x2a;

const tokenMember = 'networkToken';

/**
 * Lifts `networkToken.number` and `networkToken.cryptogram` out of a JSON text before it is parsed:
 * copies their bytes, and puts asterisks in their place. The text is as good JSON as it was. What is
 * no JSON at all is left to the parser to refuse.
 */
export function liftTokenSecrets(json: Buffer): TokenSecrets {
  if (!json.includes(tokenMember)) return {};
  const secrets: { number?: Buffer; cryptogram?: Buffer } = {};
  for (const { names, start, end } of stringsIn(json)) {
    const [member, name] = names;
    if (names.length !== 2 || member !== tokenMember) continue;
    if (name !== 'number' && name !== 'cryptogram') continue;
    // Of twins the last one counts, as it does for the parser.
    secrets[name]?.fill(0);
    secrets[name] = unescaped(json.subarray(start, end));
    json.fill(asterisk, start, end);
  }
  return secrets;
}

interface FoundString {
  /** Of the members around it, from the outside in; empty where an array is. */
  readonly names: readonly string[];
  readonly start: number;
  readonly end: number;
}

/** Every string of the text that is a value, and between which quotes it stands. */
function* stringsIn(json: Buffer): Generator<FoundString> {
  const names: string[] = [];
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === openBrace || byte === openBracket) names.push('');
    else if (byte === closeBrace || byte === closeBracket) names.pop();
    if (byte !== quote) continue;

    const start = at + 1;
    at = endOfString(json, start);
    if (isFollowedByColon(json, at)) {
      names.pop();
      names.push(json.toString('latin1', start, at));
    } else {
      yield { names, start, end: at };
    }
  }
}

export function wipeTokenSecrets({ number, cryptogram }: TokenSecrets): void {
  number?.fill(0);
  cryptogram?.fill(0);
}

/** The place of the quote that ends the string, or the end of the text. */
function endOfString(json: Buffer, start: number): number {
  let at = start;
  while (at < json.length && json[at] !== quote) at += json[at] === backslash ? 2 : 1;
  return Math.min(at, json.length);
}

function isFollowedByColon(json: Buffer, end: number): boolean {
  let at = end + 1;
  while (isWhiteSpace(json[at])) at += 1;
  return json[at] === colon;
}

function isWhiteSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

/**
 * A copy in memory of its own, outside V8's heap, so that wiping it wipes all there is. Some writers
 * of JSON escape the `/` and the `+` of base64; whatever else is escaped has no place in it, and
 * becomes a zero.
 */
function unescaped(text: Buffer): Buffer {
  const copy = Buffer.from(new ArrayBuffer(text.length));
  let length = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== backslash) {
      copy[length] = text[at] ?? 0;
    } else if (text[at + 1] === 0x75) {
      copy[length] = codePointOf(text.subarray(at + 2, at + 6));
      at += 5;
    } else {
      copy[length] = text[at + 1] === 0x2f ? 0x2f : 0;
      at += 1;
    }
    length += 1;
  }
  return copy.subarray(0, length);
}

/** Of four hexadecimal digits; zero for anything that is not ASCII. */
function codePointOf(hex: Buffer): number {
  const code = Number.parseInt(hex.toString('latin1'), 16);
  return code < 0x80 ? code : 0;
}
