import { listKeyFiles } from '../card-data/key-directory.ts';
import { openKeyFile } from '../card-data/open-key-file.ts';
import { messageOf } from '../shared/errors.ts';
import { type Secret } from '../shared/secret.ts';
import { madeAt } from './make-key.ts';

/** What may be told of a key. Nothing of its private half. */
export interface ListedKey {
  readonly kid: string;
  readonly bits: number;
  readonly file: string;
  /** RFC 3339, where the file's name says it. */
  readonly made: string | undefined;
  readonly isNewest: boolean;
}

/** A file that cannot be used, and why. */
export interface ListedFault {
  readonly file: string;
  readonly fault: string;
}

/**
 * All keys, newest first, and the files that could not be opened.
 *
 * @throws {KeyDirectoryUnusable} when there is no such directory.
 */
export async function listKeys(
  directory: string,
  passphrase?: Secret<string>,
): Promise<{ readonly keys: readonly ListedKey[]; readonly faults: readonly ListedFault[] }> {
  const keys: ListedKey[] = [];
  const faults: ListedFault[] = [];
  for (const file of await listKeyFiles(directory)) {
    try {
      for (const { kid, bits } of await openKeyFile(file, passphrase)) {
        keys.push({
          kid,
          bits,
          file: file.name,
          made: madeAt(file.name),
          isNewest: keys.length === 0,
        });
      }
    } catch (error) {
      faults.push({ file: file.name, fault: messageOf(error) });
    }
  }
  return { keys, faults };
}

/** The list as a table for people. */
export function renderKeys(keys: readonly ListedKey[]): string {
  const rows = keys.map(({ kid, bits, file, made, isNewest }) => [
    isNewest ? '*' : ' ',
    kid,
    String(bits),
    made ?? '-',
    file,
  ]);
  const table = [[' ', 'kid', 'bits', 'made', 'file'], ...rows];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  const lines = table.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '),
  );
  return `${lines.join('\n')}\n\n* the newest: \`npm run keys:public\` prints its public half\n`;
}
