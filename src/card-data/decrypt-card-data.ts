import { decoyCiphertext, type DecryptionKey } from './decryption-key.ts';
import { type KeyRing } from './key-ring.ts';
import { parseCardData } from './parse-card-data.ts';
import { type PaymentCard } from './payment-card.ts';

/**
 * Why card data could not be read, for the operator's log. Whoever sent it is told nothing but
 * that it could not.
 */
export type CardDataFault =
  /** Not as long as a ciphertext under any of the keys. */
  | 'LENGTH'
  /** Not base64 in the standard alphabet, with padding, without anything else. */
  | 'BASE64'
  /** None of the keys opens it: another key, another hash or padding, or damaged. */
  | 'KEY'
  /** Opened, but not `PAN,YYMM,SessionId`. */
  | 'STRUCTURE';

export type DecryptedCardData =
  | { readonly ok: true; readonly card: PaymentCard; readonly kid: string }
  | { readonly ok: false; readonly reason: CardDataFault };

/**
 * Decrypts cardData (Vipps PSP API v2, makePayment: RSA-OAEP in base64) with whichever key of the
 * ring fits, newest first, off the event loop. The caller wipes the card when done with it.
 *
 * Whatever is wrong with the card data, as many decryptions are made as the ring has keys of that
 * size, also when there is nothing to decrypt: the time it takes tells nothing of the reason.
 *
 * @throws {DecryptionOverloaded} when too many wait for their turn already.
 */
export function decryptCardData(keyRing: KeyRing, cardData: string): Promise<DecryptedCardData> {
  return keyRing.inTurn(() => tryEachKey(keyRing.keys(), cardData));
}

async function tryEachKey(
  keys: readonly DecryptionKey[],
  cardData: string,
): Promise<DecryptedCardData> {
  const { ciphertext, fault } = readCiphertext(keys, cardData);
  let reason = fault ?? 'KEY';
  try {
    for (const key of keys.filter(({ modulusBytes }) => modulusBytes === ciphertext.length)) {
      const attempt = await tryKey(key, ciphertext);
      if (attempt.card) return { ok: true, card: attempt.card, kid: key.kid };
      if (attempt.opened) reason = 'STRUCTURE';
    }
    return { ok: false, reason };
  } finally {
    ciphertext.fill(0);
  }
}

async function tryKey(
  key: DecryptionKey,
  ciphertext: Uint8Array,
): Promise<{ readonly opened: boolean; readonly card?: PaymentCard | undefined }> {
  const plaintext = await key.decrypt(ciphertext);
  if (!plaintext) return { opened: false };
  try {
    return { opened: true, card: parseCardData(plaintext) };
  } finally {
    plaintext.fill(0);
  }
}

interface Ciphertext {
  readonly ciphertext: Buffer;
  readonly fault?: CardDataFault;
}

function readCiphertext(keys: readonly DecryptionKey[], cardData: string): Ciphertext {
  // The length first: nothing is done with a text of a megabyte.
  const likely = keys.find(({ modulusBytes }) => base64CharsOf(modulusBytes) === cardData.length);
  const decoy = decoyCiphertext((likely ?? keys[0])?.modulusBytes ?? 0);
  if (!likely) return { ciphertext: decoy, fault: 'LENGTH' };

  const ciphertext = Buffer.from(cardData, 'base64');
  // Only what encodes back to itself was strict base64; and it needs no regular expression.
  if (ciphertext.toString('base64') !== cardData) return { ciphertext: decoy, fault: 'BASE64' };

  // 257 bytes make as many characters as 256.
  const fits = keys.some(({ modulusBytes }) => modulusBytes === ciphertext.length);
  return fits ? { ciphertext } : { ciphertext: decoy, fault: 'LENGTH' };
}

function base64CharsOf(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}
