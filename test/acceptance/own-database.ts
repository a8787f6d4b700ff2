import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A database of a test's own, migrated and empty, on the server that `npm test` has started. */
export async function makeDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const server = serverUrl();
  const template = process.env['TEST_DATABASE_TEMPLATE'];
  if (template === undefined) throw noDatabase();
  const name = `acceptance_${randomBytes(8).toString('hex')}`;
  await query(server, `create database "${name}" template "${template}"`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await query(server, `drop database "${name}" with (force)`);
    },
  };
}

/** The server that `npm test` has started. */
export function serverUrl(): string {
  const server = process.env['TEST_DATABASE_URL'];
  if (server === undefined) throw noDatabase();
  return server;
}

function noDatabase(): Error {
  return new Error('There is no database to test on. Run `npm test -- part-of-the-file-name`.');
}

export async function query<Row extends pg.QueryResultRow>(
  url: string,
  statement: string,
): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}
