import { createPublicKey } from 'node:crypto';
import { bulkhead, isBulkheadRejectedError } from 'cockatiel';
import { messageOf } from '../shared/errors.ts';
import { silentLog, type Log } from '../shared/log.ts';
import { type DecryptionKey } from './decryption-key.ts';
import { listKeyFiles, type KeyFile } from './key-directory.ts';
import { DecryptionOverloaded } from './key-errors.ts';
import { readKeys, type ReadKeys, type ReadKeysOptions } from './read-keys.ts';

export interface KeyRingOptions extends ReadKeysOptions {
  readonly directory: string;
  readonly log?: Log;
  /** Decryptions at a time: as many as there are threads for them, and a few right behind those. */
  readonly decryptionsInFlightMax?: number;
  /** Decryptions that wait for a turn; one more is refused. */
  readonly decryptionsWaitingMax?: number;
}

export interface KeyRing {
  /** Newest first, never empty. Ask anew for each call: a reload puts another list in its place. */
  keys(): readonly DecryptionKey[];
  /** The public half of the newest key as SPKI PEM, the form in which Vipps is sent it. */
  publicKeyPem(): string;
  /** The public halves of all keys as a JWK set. */
  publicKeys(): object;
  /**
   * Runs the work when it is its turn.
   *
   * @throws {DecryptionOverloaded} when too many wait already.
   */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>;
  /**
   * Looks whether keys were added or retired, and if so takes them over, all at once. A bad file
   * leaves the ring as it is, with a warning that names the file. Never throws.
   */
  reload(): Promise<Reloaded>;
}

export type Reloaded = 'CHANGED' | 'UNCHANGED' | 'FAILED';

const inFlightMax = 4;
const waitingMax = 1024;

/**
 * Reads every key in the directory (see keys/README.md for names, formats and order).
 *
 * @throws {KeyFileUnusable} naming the file and the remedy; every file must be good.
 * @throws {KeyDirectoryUnusable} when there is no directory or no key in it.
 */
export async function loadKeyRing(options: KeyRingOptions): Promise<KeyRing> {
  const { directory, log = silentLog } = options;
  const turns = bulkhead(
    options.decryptionsInFlightMax ?? inFlightMax,
    options.decryptionsWaitingMax ?? waitingMax,
  );
  let files = await listKeyFiles(directory);
  let current = await readKeys(directory, files, options);
  let warning: string | undefined;
  let reloading: Promise<Reloaded> | undefined;
  tellOf(log, current);

  async function takeOverChanges(): Promise<Reloaded> {
    try {
      const found = await listKeyFiles(directory);
      if (sameFiles(found, files)) return 'UNCHANGED';
      current = await readKeys(directory, found, options);
      files = found;
      warning = undefined;
      tellOf(log, current);
      return 'CHANGED';
    } catch (error) {
      warnOnce(messageOf(error));
      return 'FAILED';
    }
  }

  /** A bad file is looked at again each time, and told of once. */
  function warnOnce(reason: string): void {
    if (reason !== warning) log.warn({ event: 'keys.not_reloaded', directory, reason });
    warning = reason;
  }

  return {
    keys: () => current.keys,
    publicKeyPem: () => publicKeyPemOf(current),
    publicKeys: () => current.store.toJSON(false),
    inTurn: async (work) => {
      try {
        return await turns.execute(work);
      } catch (error) {
        if (!isBulkheadRejectedError(error)) throw error;
        throw new DecryptionOverloaded('Too many card data wait to be decrypted; not this one too');
      }
    },
    reload: () => (reloading ??= takeOverChanges().finally(() => (reloading = undefined))),
  };
}

function publicKeyPemOf({ store, keys }: ReadKeys): string {
  const newest = store.get(keys[0]?.kid ?? '');
  const jwk = newest.toJSON(false);
  return createPublicKey({ key: { ...jwk }, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString();
}

function sameFiles(left: readonly KeyFile[], right: readonly KeyFile[]): boolean {
  const versions = (files: readonly KeyFile[]): string =>
    files.map(({ name, version }) => `${name} ${version}`).join('\n');
  return versions(left) === versions(right);
}

function tellOf(log: Log, { keys }: ReadKeys): void {
  log.info({ event: 'keys.loaded', keys: keys.map(({ kid, bits }) => ({ kid, bits })) });
}
