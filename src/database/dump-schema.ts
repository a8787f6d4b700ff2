import pg from 'pg';
import { type Section, sections, strangers } from './schema-catalogue.ts';

const head = `-- The schema as the migrations in db/migrations leave it, for reading and for review.
-- Written by \`npm run db:dump\`: do not edit.

set check_function_bodies = off;
`;

/**
 * Describes the schema of a database in SQL that would make it again, always in the same order.
 *
 * Read from the catalogues, because the embedded PostgreSQL comes without pg_dump. Throws when the
 * schema holds something that could not be described: an omission would go unnoticed in a review.
 */
export async function dumpSchema(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // With this path the catalogue functions leave the schema's name out.
    await client.query('set search_path to public');
    await refuseStrangers(client);
    const parts: string[] = [head];
    for (const section of sections) parts.push(...(await describe(client, section)));
    return `${parts.join('\n').trimEnd()}\n`;
  } finally {
    await client.end();
  }
}

async function refuseStrangers(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ stranger: string }>(strangers);
  if (rows.length === 0) return;
  const names = rows.map(({ stranger }) => stranger).join(', ');
  throw new Error(`db:dump cannot describe ${names}: teach it in schema-catalogue.ts`);
}

async function describe(client: pg.Client, section: Section): Promise<readonly string[]> {
  const { rows } = await client.query<{ statement: string }>(section.statements);
  return rows.map(({ statement }) => `${statement.trimEnd()};${section.spaced ? '\n' : ''}`);
}
