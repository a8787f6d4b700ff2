import pg from 'pg';
import { type Migration, migrationsDirectory, readMigrations } from './migration-files.ts';
import { MigrationRefused } from './migration-refused.ts';

type LedgerRow = { readonly number: number; readonly name: string; readonly sha256: string };

const ledger = `
  create table if not exists schema_migration (
    number integer primary key check (number > 0),
    name text not null,
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    applied_at timestamptz not null default now()
  )`;

/** Two sessions that make the same table at once: the loser hears one of these. */
const lostTheRace = new Set(['23505', '42P07', '42710']);

/**
 * Brings the database to the newest migration and returns the names of those it applied.
 *
 * Forward only, each in a transaction of its own. Any number of processes may do this at once: the
 * ledger row is written before the migration runs, so the others wait for it and then skip.
 *
 * Throws MigrationRefused, having changed nothing, when a migration that was applied has since been
 * edited, or when the database is newer than this program.
 */
export async function migrate(
  target: string | pg.Pool,
  directory: string = migrationsDirectory,
): Promise<readonly string[]> {
  const migrations = await readMigrations(directory);
  if (typeof target !== 'string') {
    const client = await target.connect();
    try {
      return await migrateWith(client, migrations);
    } finally {
      // Whatever a migration set for its session goes with the connection.
      client.release(true);
    }
  }

  const client = new pg.Client({
    connectionString: target,
    application_name: 'vipps-psp-adapter-migrate',
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await migrateWith(client, migrations);
  } finally {
    await client.end();
  }
}

async function migrateWith(
  client: pg.ClientBase,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  await client.query(`set client_min_messages to warning; set timezone to 'UTC'`);
  await createLedger(client);
  await refuseWhereTheyDiffer(client, migrations);

  const applied: string[] = [];
  for (const migration of migrations) {
    if (await apply(client, migration)) applied.push(fileNameOf(migration));
  }
  return applied;
}

async function createLedger(client: pg.ClientBase): Promise<void> {
  try {
    await client.query(ledger);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && lostTheRace.has(error.code ?? ''))) throw error;
  }
}

async function refuseWhereTheyDiffer(
  client: pg.ClientBase,
  migrations: readonly Migration[],
): Promise<void> {
  const { rows } = await client.query<LedgerRow>(
    'select number, name, sha256 from schema_migration order by number',
  );
  for (const row of rows) {
    const ours = migrations[row.number - 1];
    if (ours === undefined) {
      throw new MigrationRefused(
        `The database has migration ${fileNameOf(row)}, which this program does not know: it is newer. Start the newer program`,
      );
    }
    refuseEdited(ours, row);
  }
}

function refuseEdited(ours: Migration, row: LedgerRow): void {
  if (ours.sha256 === row.sha256) return;
  throw new MigrationRefused(
    `Migration ${fileNameOf(ours)} was edited after the database had applied it. Put it back as it was and write a new one`,
  );
}

/** True when this call applied it, false when the database had it. */
async function apply(client: pg.ClientBase, migration: Migration): Promise<boolean> {
  const { number, name, sha256 } = migration;
  await client.query('begin');
  try {
    const { rowCount } = await client.query(
      'insert into schema_migration (number, name, sha256) values ($1, $2, $3) on conflict do nothing',
      [number, name, sha256],
    );
    if (rowCount === 1) await runInside(client, migration);
    await client.query('commit');
    if (rowCount === 1) return true;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
  await refuseAppliedByAnother(client, migration);
  return false;
}

async function runInside(client: pg.ClientBase, migration: Migration): Promise<void> {
  const transaction = 'select pg_current_xact_id()::text as id';
  const before = await client.query<{ id: string }>(transaction);
  try {
    await client.query(migration.sql);
  } catch (cause) {
    throw new Error(`Migration ${fileNameOf(migration)} failed and was rolled back`, { cause });
  }
  const after = await client.query<{ id: string }>(transaction);
  if (before.rows[0]?.id !== after.rows[0]?.id) {
    throw new MigrationRefused(
      `Migration ${fileNameOf(migration)} ended its transaction. Take "commit" and "rollback" out of it`,
    );
  }
}

/** Another process was quicker; it may have been of another version than ours. */
async function refuseAppliedByAnother(client: pg.ClientBase, migration: Migration): Promise<void> {
  const { rows } = await client.query<LedgerRow>(
    'select number, name, sha256 from schema_migration where number = $1',
    [migration.number],
  );
  if (rows[0]) refuseEdited(migration, rows[0]);
}

function fileNameOf({ number, name }: Pick<Migration, 'number' | 'name'>): string {
  return `${String(number).padStart(4, '0')}_${name}`;
}
