import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { connectDatabase, type Database } from '../../src/database/database.ts';
import { silentLog } from '../../src/shared/log.ts';

export type TestDatabase = {
  readonly url: string;
  readonly database: Database;
  /** Closes `database` and removes it, connections that others still hold included. */
  drop(): Promise<void>;
};

/**
 * A database of the caller's own, migrated and empty: a clone of the template that `npm test` made.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const template = process.env['TEST_DATABASE_TEMPLATE'];
  if (template === undefined) throw new Error(howToRun);
  return createDatabase(`template "${template}"`);
}

/** The same without any migration: for tests of the migrations themselves. */
export function createEmptyTestDatabase(): Promise<TestDatabase> {
  return createDatabase('template template0');
}

const howToRun =
  'There is no database to test on. Run `npm test -- part-of-the-file-name`, which starts one.';

async function createDatabase(from: string): Promise<TestDatabase> {
  const server = process.env['TEST_DATABASE_URL'];
  if (server === undefined) throw new Error(howToRun);
  const name = `test_${randomBytes(8).toString('hex')}`;
  await onServer(server, `create database "${name}" ${from}`);

  const url = new URL(server);
  url.pathname = `/${name}`;
  const database = connectDatabase({ url: url.href, log: silentLog, applicationName: 'test' });
  return {
    url: url.href,
    database,
    drop: async () => {
      await database.close();
      await onServer(server, `drop database "${name}" with (force)`);
    },
  };
}

/** Runs one statement on the server's own database. */
export async function onServer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
