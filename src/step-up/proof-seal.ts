import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Secret } from '../shared/secret.ts';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** The leg whose step-up a sealed value belongs to: in no other row can it be opened. */
export interface SealedFor {
  readonly paymentId: string;
  readonly attempt: number;
  readonly leg: number;
}

/**
 * Seals the authentication value of a challenge for the time between the customer's return and
 * Vipps' second call. Nonce, tag and ciphertext in one piece.
 */
export interface ProofSeal {
  seal(value: Secret<string>, leg: SealedFor): Buffer;
  /** @throws when the bytes were changed, or belong to another leg or another key. */
  open(sealed: Buffer, leg: SealedFor): Secret<string>;
}

/** The key is derived for this purpose from the secret that all copies share. */
export function createProofSeal(key: Secret<Buffer>): ProofSeal {
  return {
    seal: (value, leg) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, key.expose(), nonce).setAAD(contextOf(leg));
      const sealed = Buffer.concat([cipher.update(value.expose(), 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
    },
    open: (sealed, leg) => {
      const nonce = sealed.subarray(0, nonceBytes);
      const tag = sealed.subarray(nonceBytes, nonceBytes + tagBytes);
      const decipher = createDecipheriv(algorithm, key.expose(), nonce, { authTagLength: tagBytes })
        .setAAD(contextOf(leg))
        .setAuthTag(tag);
      const opened = [decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()];
      return new Secret(Buffer.concat(opened).toString('utf8'));
    },
  };
}

function contextOf({ paymentId, attempt, leg }: SealedFor): Buffer {
  return Buffer.from(`${paymentId}/${attempt}/${leg}`);
}
