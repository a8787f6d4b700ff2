import { constants, type KeyObject, publicEncrypt } from 'node:crypto';
import { type OaepHash } from '../settings.ts';

export type Padding = 'oaep' | 'pkcs1';

export type Encryption = {
  readonly key: KeyObject;
  readonly hash: OaepHash;
  /** `pkcs1` is a mistake to make on purpose. */
  readonly padding?: Padding | undefined;
};

/**
 * cardData of makePayment (Vipps PSP API v2, card data): base64 of the RSA-OAEP ciphertext, with
 * one hash for label and mask. Differs each time, because the padding is random.
 */
export function encryptCardData(plaintext: string, encryption: Encryption): string {
  const { key, hash, padding = 'oaep' } = encryption;
  const scheme =
    padding === 'oaep'
      ? { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash }
      : { padding: constants.RSA_PKCS1_PADDING };
  return publicEncrypt({ key, ...scheme }, Buffer.from(plaintext, 'utf8')).toString('base64');
}
