import { paymentCard, type PaymentCard } from './payment-card.ts';

const comma = 0x2c;
const zero = 0x30;
const nine = 0x39;
const space = 0x20;
const tilde = 0x7e;
const panDigitsMin = 16;
const panDigitsMax = 19;
const expiryDigits = 4;
const sessionIdBytesMax = 32;
const century = 2000;

/**
 * Reads `PAN,YYMM,SessionId` (Vipps PSP API v2, FAQ "cardData"), with white space around the parts,
 * as Vipps' own sample has it. Anything else is undefined.
 *
 * Works on bytes and makes no string of any of them; in particular it uses no regular expression,
 * because V8 keeps the last text that one was tried on. The plaintext stays the caller's to wipe;
 * the card has copies.
 */
export function parseCardData(plaintext: Uint8Array): PaymentCard | undefined {
  const [pan, expiry, sessionId, surplus] = partsOf(plaintext);
  if (!pan || !expiry || !sessionId || surplus) return undefined;
  if (!isPan(pan) || !isSessionId(sessionId)) return undefined;

  const date = expiryOf(expiry);
  return date && paymentCard({ pan: copyOf(pan), ...date, sessionId: copyOf(sessionId) });
}

function partsOf(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let start = 0;
  for (let end = bytes.indexOf(comma); end !== -1; end = bytes.indexOf(comma, start)) {
    parts.push(trim(bytes.subarray(start, end)));
    start = end + 1;
  }
  parts.push(trim(bytes.subarray(start)));
  return parts;
}

function trim(bytes: Uint8Array): Uint8Array {
  let start = 0;
  let end = bytes.length;
  while (start < end && isWhiteSpace(bytes[start])) start += 1;
  while (end > start && isWhiteSpace(bytes[end - 1])) end -= 1;
  return bytes.subarray(start, end);
}

function isWhiteSpace(byte: number | undefined): boolean {
  return byte === space || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

function isPan(bytes: Uint8Array): boolean {
  return bytes.length >= panDigitsMin && bytes.length <= panDigitsMax && bytes.every(isDigit);
}

function isSessionId(bytes: Uint8Array): boolean {
  const printable = bytes.every((byte) => byte >= space && byte <= tilde);
  return bytes.length > 0 && bytes.length <= sessionIdBytesMax && printable;
}

/** Year first: `2212` is December 2022 (Vipps PSP API, FAQ since 2018-09). */
function expiryOf(bytes: Uint8Array): { expiryYear: number; expiryMonth: number } | undefined {
  if (bytes.length !== expiryDigits || !bytes.every(isDigit)) return undefined;

  const digits = bytes.reduce((number, byte) => number * 10 + (byte - zero), 0);
  const expiryMonth = digits % 100;
  if (expiryMonth < 1 || expiryMonth > 12) return undefined;
  return { expiryYear: century + Math.floor(digits / 100), expiryMonth };
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= nine;
}

/**
 * In memory of its own, outside V8's heap: neither a slice of the buffer pool nor a small array
 * that the collector moves about, leaving copies. So that wiping it wipes all there is.
 */
function copyOf(bytes: Uint8Array): Buffer {
  const copy = Buffer.from(new ArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}
