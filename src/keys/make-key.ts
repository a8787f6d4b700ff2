import { generateKeyPair, type KeyObject } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isDated, listKeyFiles } from '../card-data/key-directory.ts';
import { KeyDirectoryUnusable } from '../card-data/key-errors.ts';
import { thumbprintOf } from '../card-data/open-key-file.ts';
import { type Clock } from '../shared/clock.ts';
import { messageOf } from '../shared/errors.ts';
import { type Secret } from '../shared/secret.ts';

/** What Vipps documents; longer keys cost several times as much per payment. */
export const usualBits = 2048;

export interface MakeKeyOptions {
  readonly directory: string;
  readonly bits?: 2048 | 3072 | 4096;
  /** Encrypts the file, where given. */
  readonly passphrase?: Secret<string>;
  readonly clock: Pick<Clock, 'now'>;
}

export interface MadeKey {
  readonly kid: string;
  readonly bits: number;
  readonly path: string;
  readonly isEncrypted: boolean;
}

/**
 * Makes an RSA key and puts it into the directory as PKCS#8 PEM, readable by the owner alone, under
 * a name that makes it the newest. The file is there complete or not at all.
 *
 * @throws {KeyDirectoryUnusable} when the directory cannot be made or written.
 */
export async function makeKey(options: MakeKeyOptions): Promise<MadeKey> {
  const { directory, bits = usualBits, passphrase, clock } = options;
  await makeDirectory(directory);
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: bits });
  const kid = thumbprintOf(privateKey);
  const name = `${await newestStamp(directory, clock)}-${kid}.pem`;

  await writeWhole(directory, name, pemOf(privateKey, passphrase));
  return { kid, bits, path: join(directory, name), isEncrypted: passphrase !== undefined };
}

/**
 * Makes a key when the directory holds none, so that the sandbox starts on a bare machine.
 *
 * @returns the new key, or undefined when there was one already.
 */
export async function ensureSandboxKey(
  directory: string,
  options: Omit<MakeKeyOptions, 'directory'>,
): Promise<MadeKey | undefined> {
  await makeDirectory(directory);
  const files = await listKeyFiles(directory);
  return files.length > 0 ? undefined : makeKey({ ...options, directory });
}

function pemOf(privateKey: KeyObject, passphrase?: Secret<string>): string {
  const form = { type: 'pkcs8', format: 'pem' } as const;
  return privateKey
    .export(passphrase ? { ...form, cipher: 'aes-256-cbc', passphrase: passphrase.expose() } : form)
    .toString();
}

/** Now, or a second after the newest there is: the highest name must be the newest key. */
async function newestStamp(directory: string, clock: Pick<Clock, 'now'>): Promise<string> {
  const now = stampOf(clock.now());
  const newest = (await listKeyFiles(directory)).find(({ name }) => isDated(name))?.name;
  if (newest === undefined || newest.slice(0, now.length) < now) return now;
  const time = Date.parse(madeAt(newest) ?? '');
  return Number.isNaN(time) ? now : stampOf(new Date(time + 1_000));
}

/** `20261121T031324Z` */
function stampOf(date: Date): string {
  return date.toISOString().slice(0, 19).replaceAll('-', '').replaceAll(':', '') + 'Z';
}

/** When the key was made, as RFC 3339, read off the name of its file. */
export function madeAt(fileName: string): string | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-/.exec(fileName);
  if (!parts) return undefined;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = ''] = parts;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new KeyDirectoryUnusable(`KEYS_DIR: ${directory} cannot be made (${messageOf(error)})`);
  }
}

async function writeWhole(directory: string, name: string, pem: string): Promise<void> {
  const temporary = join(directory, `.${name}.tmp`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(pem);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(directory, name));
  } catch (error) {
    throw new KeyDirectoryUnusable(
      `KEYS_DIR: no key can be written to ${directory} (${messageOf(error)})`,
    );
  }
}
