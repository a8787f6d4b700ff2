import { constants, generateKeyPairSync, publicEncrypt } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A folder with one key in it, and card data that was encrypted for that key. */
export interface BenchKey {
  readonly directory: string;
  readonly file: string;
  readonly cardData: readonly string[];
}

const cardDataCount = 256;
const plaintext = Buffer.from(`4925000000000004,3012,${'a'.repeat(32)}`);

export async function makeBenchKey(directory: string, bits: number): Promise<BenchKey> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const file = path.join(directory, '20260101T000000Z-bench.pem');
  await mkdir(directory, { mode: 0o700 });
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  return {
    directory,
    file,
    // OAEP is random: each of them is another ciphertext.
    cardData: Array.from({ length: cardDataCount }, () =>
      publicEncrypt({ key: publicKey, padding, oaepHash: 'sha256' }, plaintext).toString('base64'),
    ),
  };
}
