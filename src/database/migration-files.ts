import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { MigrationRefused } from './migration-refused.ts';

export type Migration = {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  /** In hexadecimal; of the text with line ends as Git stores them. */
  readonly sha256: string;
};

/** The same three folders up from dist/src/database in a checkout and in the image. */
export const migrationsDirectory = fileURLToPath(
  new URL('../../../db/migrations', import.meta.url),
);

/**
 * Reads `0001_name.sql`, `0002_…` in order. Throws MigrationRefused when a number is missing or
 * twice there, or when a file has another form of name.
 */
export async function readMigrations(directory: string): Promise<readonly Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort();
  const migrations: Migration[] = [];
  for (const file of files) {
    const [, digits, name] = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file) ?? [];
    const expected = migrations.length + 1;
    if (name === undefined || Number(digits) !== expected) {
      const wanted = `${String(expected).padStart(4, '0')}_some_name.sql`;
      throw new MigrationRefused(`The next migration must be called ${wanted}, but is ${file}`);
    }
    const text = await readFile(path.join(directory, file), 'utf8');
    const sql = text.replaceAll('\r\n', '\n');
    const sha256 = createHash('sha256').update(sql, 'utf8').digest('hex');
    migrations.push({ number: expected, name, sql, sha256 });
  }
  return migrations;
}
