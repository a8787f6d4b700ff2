import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { type Env } from '../config/env.ts';
import { AdapterError } from '../shared/errors.ts';

export class NoDatabase extends AdapterError {
  override readonly name = 'NoDatabase';
  readonly code = 'NO_DATABASE';
}

const sandboxFile = z.object({ databaseUrl: z.string() });

/**
 * The configured database, or that of the sandbox while it runs.
 *
 * @throws {NoDatabase}
 */
export async function findDatabaseUrl(env: Env): Promise<string> {
  if (env.DATABASE_URL !== undefined) return env.DATABASE_URL;
  const file = path.join(env.DATA_DIR ?? '.data', 'sandbox.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) {
    throw new NoDatabase('Set DATABASE_URL, or start the sandbox with `npm start` first');
  }
  return sandboxFile.parse(JSON.parse(text)).databaseUrl;
}
