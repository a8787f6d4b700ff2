import { constants, publicEncrypt, randomBytes, randomInt } from 'node:crypto';
import { type Card } from './card-data.ts';

/**
 * Card numbers and secrets that exist nowhere but in this run, each with the name of the place that
 * it was put: what is found tells which way it came.
 */
export interface Canaries {
  /** Card data: numbers, cryptograms, session ids, ciphertexts. */
  readonly cards: Readonly<Record<string, readonly string[]>>;
  /** Tokens, keys, credentials. */
  readonly secrets: Readonly<Record<string, readonly string[]>>;
  /** A number that a scheme could have issued, with a good check digit. */
  card(where: string): string;
  /** What Vipps sends as cardData. */
  cardData(where: string, encryption?: Partial<Encryption>): string;
  /** A one-time proof of a network token, in base64. */
  cryptogram(where: string): string;
  secret(where: string): string;
  /** Takes a secret that somebody else made. */
  keep(where: string, secret: string): string;
}

export interface Encryption {
  readonly padding: number;
  readonly oaepHash: 'sha256' | 'sha1';
  /** By default `PAN,YYMM,SessionId`. */
  readonly plaintext: (card: Card, sessionId: string) => string;
  readonly publicKey: string;
}

export function createCanaries(publicKey: () => string): Canaries {
  const cards: Record<string, string[]> = {};
  const secrets: Record<string, string[]> = {};
  const keep = (book: Record<string, string[]>, where: string, value: string): string => {
    (book[where] ??= []).push(value);
    return value;
  };
  const card = (where: string): string => keep(cards, where, makeCardNumber());
  return {
    cards,
    secrets,
    card,
    cardData: (where, encryption = {}) => {
      const { padding = constants.RSA_PKCS1_OAEP_PADDING, oaepHash = 'sha256' } = encryption;
      const plaintext = encryption.plaintext ?? plaintextOf;
      const sessionId = keep(cards, where, randomBytes(16).toString('hex'));
      const text = plaintext({ number: card(where), expiry: '3012' }, sessionId);
      const key = encryption.publicKey ?? publicKey();
      const encrypted = publicEncrypt({ key, padding, oaepHash }, Buffer.from(text));
      return keep(cards, where, encrypted.toString('base64'));
    },
    cryptogram: (where) => keep(cards, where, randomBytes(20).toString('base64')),
    secret: (where) => keep(secrets, where, randomBytes(24).toString('base64url')),
    keep: (where, value) => keep(secrets, where, value),
  };
}

function plaintextOf({ number, expiry }: Card, sessionId: string): string {
  return `${number},${expiry},${sessionId}`;
}

function makeCardNumber(): string {
  const digits = `4${String(randomInt(10 ** 14)).padStart(14, '0')}`;
  return `${digits}${checkDigitOf(digits)}`;
}

function checkDigitOf(digits: string): number {
  const sum = Array.from(digits)
    .reverse()
    .map((digit, place) => (place % 2 === 0 ? Number(digit) * 2 : Number(digit)))
    .reduce((total, number) => total + (number > 9 ? number - 9 : number), 0);
  return (10 - (sum % 10)) % 10;
}
