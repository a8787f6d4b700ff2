import { type KeyObject } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface KeyDirectory extends AsyncDisposable {
  readonly path: string;
  /** Writes a file that its owner alone can read. */
  put(name: string, content: string): Promise<string>;
}

export async function aKeyDirectory(): Promise<KeyDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'keys-'));
  return {
    path,
    put: async (name, content) => {
      const file = join(path, name);
      await writeFile(file, content);
      await chmod(file, 0o600);
      return file;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

export function pkcs8(key: KeyObject, passphrase?: string): string {
  return key
    .export({
      type: 'pkcs8',
      format: 'pem',
      ...(passphrase !== undefined && { cipher: 'aes-256-cbc', passphrase }),
    })
    .toString();
}

export function pkcs1(key: KeyObject, passphrase?: string): string {
  return key
    .export({
      type: 'pkcs1',
      format: 'pem',
      ...(passphrase !== undefined && { cipher: 'aes-256-cbc', passphrase }),
    })
    .toString();
}
