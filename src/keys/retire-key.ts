import { link, mkdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyDirectoryUnusable } from '../card-data/key-errors.ts';
import { messageOf } from '../shared/errors.ts';
import { type Secret } from '../shared/secret.ts';
import { listKeys, type ListedKey } from './list-keys.ts';

export interface RetireKeyOptions {
  readonly directory: string;
  /** A kid, or the name of a file. */
  readonly key: string;
  /** Retires the last usable key too. */
  readonly force?: boolean;
  readonly passphrase?: Secret<string>;
}

export interface RetiredKey {
  readonly kids: readonly string[];
  readonly movedTo: string;
  readonly wasNewest: boolean;
}

/**
 * Moves a key file into `retired/`, where no key ring looks. Running adapters notice by themselves.
 *
 * @throws {KeyDirectoryUnusable} when there is no such key, when it is the last usable one, when
 * its file holds others besides, or when the file cannot be moved. Nothing has moved then.
 */
export async function retireKey(options: RetireKeyOptions): Promise<RetiredKey> {
  const { directory, key, force = false, passphrase } = options;
  const { keys, faults } = await listKeys(directory, passphrase);
  const file = fileOf(key, keys, [...keys, ...faults]);
  const goes = keys.filter((listed) => listed.file === file);
  const stays = keys.filter((listed) => listed.file !== file);

  if (goes.length > 0 && stays.length === 0 && !force) {
    throw new KeyDirectoryUnusable(
      `${file} holds the last usable key: without one no card data can be decrypted. Make another ` +
        'with `npm run keys:make` and send it to Vipps first (or say --force)',
    );
  }
  return {
    kids: goes.map(({ kid }) => kid),
    movedTo: await move(directory, file),
    wasNewest: goes.some(({ isNewest }) => isNewest),
  };
}

function fileOf(
  key: string,
  keys: readonly ListedKey[],
  all: readonly { readonly file: string }[],
): string {
  const named = all.find(({ file }) => file === key);
  if (named) return named.file;

  const found = keys.find(({ kid }) => kid === key);
  if (!found) {
    throw new KeyDirectoryUnusable(
      `No key and no key file is called ${key}; \`npm run keys:list\` shows them`,
    );
  }
  if (keys.filter(({ file }) => file === found.file).length > 1) {
    throw new KeyDirectoryUnusable(
      `${found.file} holds other keys besides ${key}; take it out of the file by hand, or retire ` +
        'the whole file by its name',
    );
  }
  return found.file;
}

async function move(directory: string, file: string): Promise<string> {
  const movedTo = join(directory, 'retired', file);
  try {
    await mkdir(join(directory, 'retired'), { recursive: true, mode: 0o700 });
    // A link and not a rename, which would silently replace a key retired before.
    await link(join(directory, file), movedTo);
    await unlink(join(directory, file));
    return movedTo;
  } catch (error) {
    throw new KeyDirectoryUnusable(`${file} cannot be moved to ${movedTo} (${messageOf(error)})`);
  }
}
