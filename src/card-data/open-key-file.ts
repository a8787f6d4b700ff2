import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { type Secret } from '../shared/secret.ts';
import { readKeyFile, type KeyFile } from './key-directory.ts';
import { KeyFileUnusable } from './key-errors.ts';
import { openJwks, type OpenedJwk } from './open-jwk.ts';
import { openPem } from './open-pem.ts';

export const modulusBitsMin = 2048;
export const modulusBitsMax = 4096;

export interface OpenedKey {
  /** Of the file, or else the key's RFC 7638 thumbprint. */
  readonly kid: string;
  /** RFC 7638, SHA-256, base64url: the same for the same key, whatever it is called. */
  readonly thumbprint: string;
  readonly bits: number;
  readonly privateKey: KeyObject;
  readonly file: KeyFile;
}

/**
 * Opens whatever keys a file holds: one in a PEM, one or more in a JWK (set).
 *
 * @throws {KeyFileUnusable} naming the file and the remedy.
 */
export async function openKeyFile(
  file: KeyFile,
  passphrase?: Secret<string>,
): Promise<readonly OpenedKey[]> {
  const content = await readKeyFile(file);
  const opened: readonly OpenedJwk[] = file.name.endsWith('.json')
    ? openJwks(file.path, content)
    : [{ privateKey: openPem(file.path, content, passphrase) }];
  return opened.map(({ privateKey, kid }) => {
    const bits = usableBits(file.path, privateKey);
    const thumbprint = thumbprintOf(privateKey);
    return { kid: kid ?? thumbprint, thumbprint, bits, privateKey, file };
  });
}

/** RFC 7638, of the public half. */
export function thumbprintOf(key: KeyObject): string {
  const { e, kty, n } = createPublicKey(key).export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url');
}

function usableBits(file: string, key: KeyObject): number {
  const kind = key.asymmetricKeyType ?? 'unknown';
  if (kind !== 'rsa') {
    throw new KeyFileUnusable(
      file,
      `holds a key of type ${kind}; cardData needs RSA. Make one with \`npm run keys:make\``,
    );
  }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < modulusBitsMin || bits > modulusBitsMax) {
    throw new KeyFileUnusable(
      file,
      `holds an RSA key of ${bits} bits; from ${modulusBitsMin} to ${modulusBitsMax} are accepted, ` +
        'and Vipps documents 2048. Make one with `npm run keys:make`',
    );
  }
  return bits;
}
