import { type TokenSecrets } from './lift-token-secrets.ts';
import { networkToken, type NetworkToken, type TokenScheme } from './network-token.ts';

const numberDigitsMin = 16;
const numberDigitsMax = 19;
/** The specification says 28, which is 20 bytes; a longer cryptogram is for the scheme to judge. */
const cryptogramCharactersMax = 64;
const century = 2000;

/** The members of a call that tell of its token, unread. */
export interface TokenMembers {
  readonly networkToken?: unknown;
  readonly binNumber?: unknown;
}

/**
 * Reads the member `networkToken` of a v3 call (PSP API v3 specification), whose number and
 * cryptogram were lifted out before. Undefined where anything that the acquirer needs is missing or
 * malformed. Neither the check digit nor the date is looked at.
 *
 * Numbers are taken for texts where JSON has them so, and an ECI `7` is a `07`: the specification's
 * own example lost its zero.
 */
export function readNetworkToken(
  { networkToken: member, binNumber }: TokenMembers,
  secrets: TokenSecrets,
): NetworkToken | undefined {
  if (typeof member !== 'object' || member === null || !areFit(secrets)) return undefined;
  const traits = traitsOf(member as Readonly<Record<string, unknown>>);
  return (
    traits &&
    networkToken({ ...secrets, ...traits, ...(isBin(binNumber) && { cardBin: binNumber }) })
  );
}

function areFit(secrets: TokenSecrets): secrets is Required<TokenSecrets> {
  const { number, cryptogram } = secrets;
  if (!number || !cryptogram) return false;
  return isTokenNumber(number) && isCryptogram(cryptogram);
}

function traitsOf(record: Readonly<Record<string, unknown>>) {
  const expiryMonth = expiryMonthOf(digitsOf(record['expiryMonth']));
  const expiryYear = expiryYearOf(digitsOf(record['expiryYear']));
  const scheme = schemeOf(record['tokenType']);
  const eci = eciOf(record['eci']);
  if (!expiryMonth || !expiryYear || !scheme || eci === undefined) return undefined;
  return { expiryMonth, expiryYear, scheme, ...(eci !== null && { eci }) };
}

function isBin(value: unknown): value is string {
  return typeof value === 'string' && /^\d{6}$/.test(value);
}

function isTokenNumber(bytes: Buffer): boolean {
  return bytes.length >= numberDigitsMin && bytes.length <= numberDigitsMax && bytes.every(isDigit);
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

const base64Characters = new Set(
  Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_'),
);

function isCryptogram(bytes: Buffer): boolean {
  const fits = bytes.length > 0 && bytes.length <= cryptogramCharactersMax;
  return fits && bytes.every((byte) => base64Characters.has(byte));
}

/** The text of a whole number of at most four digits, or undefined. */
function digitsOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^\d{1,4}$/.test(text) ? text : undefined;
}

function expiryMonthOf(digits: string | undefined): number | undefined {
  const month = Number(digits ?? 0);
  return month >= 1 && month <= 12 ? month : undefined;
}

function expiryYearOf(digits: string | undefined): number | undefined {
  if (digits?.length === 2) return century + Number(digits);
  return digits?.length === 4 && Number(digits) >= century ? Number(digits) : undefined;
}

function schemeOf(tokenType: unknown): TokenScheme | undefined {
  if (typeof tokenType !== 'string') return undefined;
  switch (tokenType.toLowerCase()) {
    case 'visa':
      return 'VISA';
    case 'mastercard':
      return 'MASTERCARD';
    default:
      return undefined;
  }
}

/** Null where there is none; undefined where it is no ECI. */
function eciOf(value: unknown): string | null | undefined {
  if (value === null || value === undefined) return null;
  const digits = digitsOf(value);
  return digits !== undefined && digits.length <= 2 ? digits.padStart(2, '0') : undefined;
}
