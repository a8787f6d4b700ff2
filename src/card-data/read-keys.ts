import jose, { type JWK } from 'node-jose';
import { type Secret } from '../shared/secret.ts';
import { decryptionKey, halvesMatch, type DecryptionKey, type OaepHash } from './decryption-key.ts';
import { type KeyFile } from './key-directory.ts';
import { KeyDirectoryUnusable, KeyFileUnusable } from './key-errors.ts';
import { openKeyFile, type OpenedKey } from './open-key-file.ts';
import { worthlessThumbprints } from './worthless-keys.ts';

/** A bad ciphertext costs one attempt with each key. */
const keysMax = 8;

export interface ReadKeysOptions {
  readonly passphrase?: Secret<string>;
  /** Production: refuses a file that others can read, and the keys published for tests. */
  readonly requirePrivateFiles: boolean;
  readonly oaepHash: OaepHash;
}

export interface ReadKeys {
  readonly store: JWK.KeyStore;
  /** Newest first, each key once. */
  readonly keys: readonly DecryptionKey[];
}

/**
 * Opens all key files and puts what they hold into a fresh key store.
 *
 * @throws {KeyFileUnusable} for the first file that cannot be used; all of them must be good.
 * @throws {KeyDirectoryUnusable} when there is no key, or there are too many.
 */
export async function readKeys(
  directory: string,
  files: readonly KeyFile[],
  options: ReadKeysOptions,
): Promise<ReadKeys> {
  const opened: OpenedKey[] = [];
  for (const file of files) {
    if (options.requirePrivateFiles) demandPrivateFile(file);
    opened.push(...(await openKeyFile(file, options.passphrase)));
  }
  if (options.requirePrivateFiles) opened.forEach(demandPrivateKey);

  const distinct = eachOnce(opened);
  demandRightCount(directory, distinct.length);
  demandDistinctIds(distinct);

  const store = jose.JWK.createKeyStore();
  const keys: DecryptionKey[] = [];
  for (const key of distinct) keys.push(await addTo(store, key, options.oaepHash));
  return { store, keys };
}

async function addTo(
  store: JWK.KeyStore,
  { kid, privateKey, file }: OpenedKey,
  oaepHash: OaepHash,
): Promise<DecryptionKey> {
  const stored = await store.add({ ...privateKey.export({ format: 'jwk' }), kid, use: 'enc' });
  const key = await decryptionKey(stored, oaepHash).catch(() => undefined);
  if (key && (await halvesMatch(stored, key, oaepHash))) return key;
  throw new KeyFileUnusable(file.path, `key ${kid} does not decrypt what it encrypts: damaged`);
}

function demandPrivateFile(file: KeyFile): void {
  if (!file.openToOthers) return;
  throw new KeyFileUnusable(
    file.path,
    `can be read or written by others than its owner; close it with \`chmod 600 '${file.path}'\``,
  );
}

function demandPrivateKey({ thumbprint, file }: OpenedKey): void {
  if (!worthlessThumbprints.has(thumbprint)) return;
  throw new KeyFileUnusable(
    file.path,
    'is the key published for tests, which everybody has; make one with `npm run keys:make`',
  );
}

function eachOnce(opened: readonly OpenedKey[]): readonly OpenedKey[] {
  const seen = new Set<string>();
  return opened.filter(({ thumbprint }) => !seen.has(thumbprint) && seen.add(thumbprint));
}

function demandRightCount(directory: string, count: number): void {
  if (count === 0) {
    throw new KeyDirectoryUnusable(
      `KEYS_DIR: no private key in ${directory}; make one with \`npm run keys:make\``,
    );
  }
  if (count > keysMax) {
    throw new KeyDirectoryUnusable(
      `KEYS_DIR: ${count} keys in ${directory}, and at most ${keysMax} are tried; ` +
        'retire old ones with `npm run keys:retire`',
    );
  }
}

function demandDistinctIds(keys: readonly OpenedKey[]): void {
  const fileOf = new Map<string, string>();
  for (const { kid, file } of keys) {
    const other = fileOf.get(kid);
    if (other !== undefined) {
      throw new KeyFileUnusable(file.path, `calls its key ${kid}, as ${other} does; rename one`);
    }
    fileOf.set(kid, file.path);
  }
}
