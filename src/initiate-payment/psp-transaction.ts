import { withoutCardNumbers } from '../card-data/card-number-in-text.ts';
import { type Random } from '../shared/random.ts';

/** The ids under which a payment is announced to Vipps. New ones are made only when Vipps burnt these. */
export interface PspTransaction {
  readonly pspTransactionId: string;
  readonly merchantOrderId: string;
  /** The idempotency key of init at Vipps, the same over every retry. */
  readonly requestId: string;
}

export function newPspTransaction(random: Random): PspTransaction {
  return {
    pspTransactionId: newId(random),
    merchantOrderId: newId(random),
    requestId: random.uuid(),
  };
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
const idCharacters = 30;

/** The greatest multiple of the alphabet's size in a byte: what lies beyond would favour its first letters. */
const byteBelow = 252;

/** One in some hundred million ids has digits in it that answers would hide as a card number's. */
function newId(random: Random): string {
  for (;;) {
    const id = randomId(random);
    if (withoutCardNumbers(id) === id) return id;
  }
}

/** 30 of a-z and 0-9, each equally likely: what the PSP API v2 takes, and some 155 bits. */
function randomId(random: Random): string {
  let id = '';
  while (id.length < idCharacters) {
    for (const byte of random.bytes(idCharacters)) {
      if (byte < byteBelow && id.length < idCharacters) id += alphabet.charAt(byte % 36);
    }
  }
  return id;
}
