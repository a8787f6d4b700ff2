import pg from 'pg';
import { pause } from './adapter.ts';

const lookEveryMs = 100;

const unfinishedSql = `
  with mine as (select id, state from payment where reference ~ ('^' || $1 || '-[0-9]{6}$'))
  select what, id::text from (
    select 'leg' as what, payment_id as id from authorisation_leg where unfinished
    union all select 'reversal', payment_id from reversal where state = 'DUE'
    union all select 'modification', payment_id from modification where state = 'UNDER_WAY'
    union all select 'status update', payment_id from status_update where state in ('WAITING', 'BATCHED')
    union all select 'payment ' || state, id from mine
      where state in ('AUTHORISING', 'ANSWERING', 'REVERSING')
  ) unfinished where id in (select id from mine) limit 5`;

/** Waits until nothing of the run's payments is unfinished; says what still is when the time is up. */
export async function untilSettled(
  { reader, name }: { readonly reader: Reader; readonly name: string },
  withinMs: number,
): Promise<readonly string[]> {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    const left = await unfinished(reader, name).catch((error: unknown) => [String(error)]);
    if (left.length === 0 || performance.now() > untilMs) return left;
    await pause(lookEveryMs);
  }
}

async function unfinished(reader: Reader, name: string): Promise<readonly string[]> {
  const rows = await reader.untilRead<{ what: string; id: string }>(unfinishedSql, [name]);
  return rows.map(({ what, id }) => `${what} ${id}`);
}

/** One statement on a connection of its own. */
export async function rowsOf<Row extends pg.QueryResultRow>(
  databaseUrl: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const readMsMax = 20_000;

/** Reads over connections that it keeps, also while the database is away for a moment. */
export interface Reader {
  untilRead<Row extends pg.QueryResultRow>(
    sql: string,
    values?: readonly unknown[],
  ): Promise<readonly Row[]>;
  close(): Promise<void>;
}

export function createReader(databaseUrl: string): Reader {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  pool.on('error', () => undefined);
  return {
    untilRead: async <Row extends pg.QueryResultRow>(
      sql: string,
      values: readonly unknown[] = [],
    ): Promise<readonly Row[]> => {
      const untilMs = performance.now() + readMsMax;
      for (;;) {
        try {
          return (await pool.query<Row>(sql, [...values])).rows;
        } catch (error) {
          if (performance.now() > untilMs) throw error;
          await pause(lookEveryMs);
        }
      }
    },
    close: () => pool.end(),
  };
}
