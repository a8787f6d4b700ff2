import { hkdfSync } from 'node:crypto';
import { Secret } from './secret.ts';

/**
 * A key of 32 bytes for one purpose, out of a secret that serves several (HKDF with SHA-256, RFC
 * 5869). Equal on every copy of the service that has the same secret; keys of different purposes
 * say nothing about one another.
 */
export function deriveKey(secret: Secret<string>, purpose: string): Secret<Buffer> {
  return new Secret(Buffer.from(hkdfSync('sha256', secret.expose(), '', purpose, 32)));
}
