import { createPublicKey } from 'node:crypto';
import { listKeyFiles } from '../card-data/key-directory.ts';
import { KeyDirectoryUnusable } from '../card-data/key-errors.ts';
import { openKeyFile } from '../card-data/open-key-file.ts';
import { type Secret } from '../shared/secret.ts';

/**
 * The public half of the newest key as SPKI PEM, the form in which Vipps is sent it. Opens no other
 * file, so that an old one that is damaged is not in the way.
 *
 * @throws {KeyDirectoryUnusable} when there is no key, naming the command that makes one.
 * @throws {KeyFileUnusable} when the newest cannot be opened.
 */
export async function publicKeyOfNewest(
  directory: string,
  passphrase?: Secret<string>,
): Promise<string> {
  const [file] = await listKeyFiles(directory);
  const [key] = file ? await openKeyFile(file, passphrase) : [];
  if (!key) {
    throw new KeyDirectoryUnusable(
      `KEYS_DIR: no private key in ${directory}; make one with \`npm run keys:make\``,
    );
  }
  return createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' }).toString();
}
