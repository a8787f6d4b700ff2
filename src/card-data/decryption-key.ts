import { randomBytes, webcrypto } from 'node:crypto';
import { type JWK } from 'node-jose';

/** One digest for the label and for the mask alike; mixed ones are not supported. */
export type OaepHash = 'sha256' | 'sha1';

/** A private key, ready to decrypt. */
export interface DecryptionKey {
  readonly kid: string;
  readonly bits: number;
  /** The length of every ciphertext under this key. */
  readonly modulusBytes: number;
  /** The plaintext, which the caller wipes; undefined when the ciphertext is not for this key. */
  decrypt(ciphertext: Uint8Array): Promise<Uint8Array | undefined>;
}

const webCryptoHash = { sha256: 'SHA-256', sha1: 'SHA-1' } as const;
const probeBytes = 16;

/**
 * Takes a key out of the key store and makes it quick: node-jose would read it anew for each call,
 * and (with SHA-1) block the event loop. Decryption is WebCrypto's, on a thread of its own.
 */
export async function decryptionKey(key: JWK.Key, oaepHash: OaepHash): Promise<DecryptionKey> {
  const { privateHalf, modulus } = numbersOf(key);
  const algorithm = { name: 'RSA-OAEP', hash: webCryptoHash[oaepHash] };
  const cryptoKey = await webcrypto.subtle.importKey('jwk', privateHalf, algorithm, false, [
    'decrypt',
  ]);
  const decoy = decoyCiphertext(modulus.length);

  return {
    kid: key.kid,
    bits: modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24,
    modulusBytes: modulus.length,
    decrypt: async (ciphertext) => {
      // A number that is too large would be refused at once, in a fifth of the time.
      const possible = ciphertext.length === modulus.length && modulus.compare(ciphertext) > 0;
      const plaintext = await attempt(cryptoKey, possible ? ciphertext : decoy);
      return possible ? plaintext : undefined;
    },
  };
}

/** A ciphertext of the right length that no key can decrypt, but that takes as long to try. */
export function decoyCiphertext(modulusBytes: number): Buffer {
  return Buffer.alloc(modulusBytes, 0x5a).fill(0, 0, 1);
}

/** Whether the two halves of the key belong together: nobody checks it when a key is read. */
export async function halvesMatch(
  key: JWK.Key,
  candidate: DecryptionKey,
  oaepHash: OaepHash,
): Promise<boolean> {
  const { publicHalf } = numbersOf(key);
  const algorithm = { name: 'RSA-OAEP', hash: webCryptoHash[oaepHash] };
  const probe = randomBytes(probeBytes);
  try {
    const encryptor = await webcrypto.subtle.importKey('jwk', publicHalf, algorithm, false, [
      'encrypt',
    ]);
    const ciphertext = await webcrypto.subtle.encrypt('RSA-OAEP', encryptor, probe);
    const plaintext = await candidate.decrypt(new Uint8Array(ciphertext));
    return plaintext !== undefined && probe.equals(plaintext);
  } catch {
    return false;
  }
}

async function attempt(
  key: webcrypto.CryptoKey,
  ciphertext: Uint8Array,
): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await webcrypto.subtle.decrypt('RSA-OAEP', key, ciphertext));
  } catch {
    // WebCrypto gives one error for everything that can be wrong with a ciphertext.
    return undefined;
  }
}

interface KeyNumbers {
  readonly privateHalf: webcrypto.JsonWebKey;
  readonly publicHalf: webcrypto.JsonWebKey;
  readonly modulus: Buffer;
}

/** The bare numbers: `kid`, `use` and `alg` would bind WebCrypto to more than is meant. */
function numbersOf(key: JWK.Key): KeyNumbers {
  const jwk: webcrypto.JsonWebKey = key.toJSON(true);
  const { n = '', e = '', d = '', p = '', q = '', dp = '', dq = '', qi = '' } = jwk;
  const publicHalf = { kty: 'RSA', n, e };
  return {
    publicHalf,
    privateHalf: { ...publicHalf, d, p, q, dp, dq, qi },
    modulus: Buffer.from(n, 'base64url'),
  };
}
