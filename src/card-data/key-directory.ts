import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../shared/errors.ts';
import { KeyDirectoryUnusable, KeyFileUnusable } from './key-errors.ts';

const keyFileBytesMax = 65_536;
const othersMayReadOrWrite = 0o077;

export interface KeyFile {
  readonly name: string;
  readonly path: string;
  /** Changes when the file does. */
  readonly version: string;
  /** Somebody besides the owner may read or write it. Never on Windows, which has no such bits. */
  readonly openToOthers: boolean;
  readonly bytes: number;
}

/**
 * The key files of a directory, newest first: `*.pem` and `*.json`, except hidden ones. Everything
 * else is left alone: README.md, sub-directories (`retired/`, `test/`), `*.retired`.
 *
 * @throws {KeyDirectoryUnusable} when there is no such directory or it may not be read.
 */
export async function listKeyFiles(directory: string): Promise<readonly KeyFile[]> {
  const names = (await namesIn(directory)).filter(isKeyFileName).sort(newestFirst);
  const files = await Promise.all(names.map((name) => keyFile(directory, name)));
  return files.filter((file) => file !== undefined);
}

/** @throws {KeyFileUnusable} when it cannot be read, or is far too large to be a key. */
export async function readKeyFile(file: KeyFile): Promise<string> {
  if (file.bytes > keyFileBytesMax) {
    throw new KeyFileUnusable(file.path, `larger than ${keyFileBytesMax} bytes, so not a key`);
  }
  try {
    return await readFile(file.path, 'utf8');
  } catch (error) {
    throw new KeyFileUnusable(file.path, `cannot be read (${messageOf(error)})`);
  }
}

/**
 * Newest first: names that begin with a time stamp by that, highest name first, and after them
 * names without one, of which nobody knows how old they are.
 */
function newestFirst(left: string, right: string): number {
  const dated = Number(isDated(right)) - Number(isDated(left));
  if (dated !== 0) return dated;
  return left < right ? 1 : -1;
}

/** `20261121T031324Z-…` */
export function isDated(name: string): boolean {
  return /^\d{8}T\d{6}Z-/.test(name);
}

function isKeyFileName(name: string): boolean {
  return !name.startsWith('.') && (name.endsWith('.pem') || name.endsWith('.json'));
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    throw new KeyDirectoryUnusable(
      `KEYS_DIR: the directory ${directory} cannot be read (${messageOf(error)}); ` +
        'make it with a key in it by `npm run keys:make`, or point KEYS_DIR elsewhere',
    );
  }
}

/** Follows links, since that is how secrets are mounted into containers. */
async function keyFile(directory: string, name: string): Promise<KeyFile | undefined> {
  const path = join(directory, name);
  try {
    const found = await stat(path);
    if (!found.isFile()) return undefined;
    return {
      name,
      path,
      version: `${found.ino}-${found.size}-${found.mtimeMs}-${found.mode}`,
      openToOthers: process.platform !== 'win32' && (found.mode & othersMayReadOrWrite) !== 0,
      bytes: found.size,
    };
  } catch (error) {
    // Retired between the listing and now.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new KeyFileUnusable(path, `cannot be looked at (${messageOf(error)})`);
  }
}
