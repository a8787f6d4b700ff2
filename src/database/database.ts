import knex, { type Knex } from 'knex';
import pg from 'pg';
import { crashPointsAreArmed, effect, passing } from '../shared/crash-points.ts';
import { type Log } from '../shared/log.ts';
import { columnTypes } from './column-types.ts';
import { outliveMigrations } from './outlive-migrations.ts';

/** One transaction. A query on it after its end throws. */
export type Transaction = Knex.Transaction;

/** What transactions are begun on. What they are given is for repositories alone. */
export type Transactions = { readonly knex: Pick<Knex, 'transaction'> };

export type Database = {
  /** For everything that is not hot. */
  readonly knex: Knex;
  /** For the hot path: prepared single statements, several times as fast. */
  readonly hot: pg.Pool;
  /** Waits for queries under way, then closes every connection. */
  close(): Promise<void>;
};

export type DatabaseOptions = {
  /** A connection string; holds the password, so it is never logged. */
  readonly url: string;
  readonly log: Log;
  /** Seen in pg_stat_activity. */
  readonly applicationName?: string;
  readonly poolMax?: number;
  readonly hotPoolMax?: number;
  /** Waiting for a connection of the pool, making one included. */
  readonly connectMsMax?: number;
  /** One statement, at the server. */
  readonly statementMsMax?: number;
  /** One statement, as seen from here: also when the server has vanished and says nothing. */
  readonly queryMsMax?: number;
};

const defaults = {
  applicationName: 'vipps-psp-adapter',
  poolMax: 10,
  hotPoolMax: 10,
  connectMsMax: 5_000,
  statementMsMax: 30_000,
  queryMsMax: 35_000,
} satisfies Partial<DatabaseOptions>;

/**
 * Opens the two pools on one database. Connections are made when first needed: this never fails,
 * the first query may. int8 comes back as bigint, numeric as text, timestamptz as Date, date as
 * text, and each session speaks UTC.
 */
export function connectDatabase(options: DatabaseOptions): Database {
  const settings = { ...defaults, ...options };
  const hot = hotPool(settings);
  const slow = knexOf(settings);

  return {
    knex: slow,
    hot,
    close: async () => {
      await Promise.all([slow.destroy(), hot.end()]);
    },
  };
}

/**
 * Runs the work in one transaction: committed when it resolves, rolled back when it throws. The name
 * is that of the commit: a crash can be ordered before and after it.
 */
export async function inTransaction<Result>(
  database: Transactions,
  name: string,
  work: (trx: Transaction) => Promise<Result>,
): Promise<Result> {
  const result = await database.knex.transaction(async (trx) => {
    const done = await work(trx);
    passing(`commit.${name}:before`);
    return done;
  });
  passing(`commit.${name}:after`);
  return result;
}

type Settings = Required<DatabaseOptions>;

function connectionOf(settings: Settings) {
  return {
    connectionString: settings.url,
    application_name: settings.applicationName,
    connectionTimeoutMillis: settings.connectMsMax,
    query_timeout: settings.queryMsMax,
    keepAlive: true,
    types: columnTypes as pg.CustomTypesConfig & Knex.PgCustomTypesConfig,
  };
}

/**
 * By statement, not as start-up parameters: poolers between us and the server refuse those.
 */
async function prepareSession(
  client: pg.ClientBase,
  settings: Settings,
  further: readonly string[] = [],
): Promise<void> {
  const own = [`set timezone to 'UTC'`, `set statement_timeout to ${settings.statementMsMax}`];
  await client.query([...own, ...further].join('; '));
}

/**
 * Every hot statement is a look-up by key. Its plan is made once for a connection and kept, which
 * saves more than half of a lone call's work; and as the tables may be empty or not yet analysed at
 * that moment, the planner is kept from taking them for small.
 */
const hotSession = [
  'set plan_cache_mode to force_generic_plan',
  'set enable_seqscan to off',
  'set jit to off',
];

function hotPool(settings: Settings): pg.Pool {
  // The pool waits for what this returns, though its type does not say so.
  const prepare: (client: pg.ClientBase) => unknown = (client) =>
    prepareSession(client, settings, hotSession);
  const pool = new pg.Pool({
    ...connectionOf(settings),
    max: settings.hotPoolMax,
    idleTimeoutMillis: 30_000,
    onConnect: prepare,
  });
  // An idle connection that breaks is only replaced; without a listener it would end the process.
  pool.on('error', (error) => {
    settings.log.warn({ event: 'database.connection-lost', reason: error.message });
  });
  const lasting = outliveMigrations(pool);
  return crashPointsAreArmed() ? withStatementCrashPoints(lasting) : lasting;
}

/** Whether the SQL changes anything: then running it is a commit. */
export function writes(sql: string): boolean {
  return /\binsert into\b|\bdelete from\b|\bupdate\s+\w+(\s+(as\s+)?\w+)?\s+set\b/i.test(sql);
}

/** Each statement that writes is a commit: a crash can be ordered before and after it, by its name. */
function withStatementCrashPoints(pool: pg.Pool): pg.Pool {
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>;
  const instrumented = (...args: unknown[]): Promise<unknown> => {
    const [first] = args as [
      string | { readonly name?: string; readonly text?: string } | undefined,
    ];
    const { name = 'unnamed', text = '' } =
      typeof first === 'string' ? { text: first } : (first ?? {});
    return writes(text) ? effect(`commit.${name}`, () => query(...args)) : query(...args);
  };
  return Object.assign(pool, { query: instrumented });
}

function knexOf(settings: Settings): Knex {
  return knex({
    client: 'pg',
    // The message of an error must not hold what was written: errors are logged.
    compileSqlOnError: false,
    connection: connectionOf(settings),
    acquireConnectionTimeout: settings.connectMsMax,
    pool: {
      min: 0,
      max: settings.poolMax,
      idleTimeoutMillis: 30_000,
      afterCreate: (client: pg.Client, done: (error: Error | null, client: pg.Client) => void) => {
        prepareSession(client, settings).then(
          () => {
            done(null, client);
          },
          (error: unknown) => {
            done(error as Error, client);
          },
        );
      },
    },
    log: {
      warn: (message: unknown) => {
        settings.log.warn({ event: 'database.warning', reason: String(message) });
      },
      error: (message: unknown) => {
        settings.log.error({ event: 'database.error', reason: String(message) });
      },
      debug: () => undefined,
      deprecate: () => undefined,
    },
  });
}
