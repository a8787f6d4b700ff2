import { randomBytes, randomUUID } from 'node:crypto';
import { Secret, sha256 } from '../shared/secret.ts';

/** What a merchant calls the API with. Made once, shown once, kept as hashes. */
export interface MerchantCredentials {
  readonly clientId: string;
  /** 256 bits, base64. */
  readonly clientSecret: Secret<string>;
  /** 128 bits, hexadecimal. */
  readonly subscriptionKey: Secret<string>;
}

export function makeCredentials(): MerchantCredentials {
  return {
    clientId: randomUUID(),
    clientSecret: new Secret(randomBytes(32).toString('base64')),
    subscriptionKey: new Secret(randomBytes(16).toString('hex')),
  };
}

/** A plain hash is enough: what it is of has 128 bits of entropy or more. */
export function hashOfSecret(secret: Secret<string>): Buffer {
  return sha256(secret.expose());
}
