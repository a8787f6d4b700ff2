import { type EventEmitter } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { query, serverUrl } from './own-database.ts';

/** Every table that the database has, as `COPY … TO STDOUT` writes it, by name. */
export async function dumpOf(databaseUrl: string): Promise<ReadonlyMap<string, Buffer>> {
  const tables = await query<{ name: string }>(
    databaseUrl,
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  );
  const dump = new Map<string, Buffer>();
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const { name } of tables) dump.set(name, await copyOf(client, name));
  } finally {
    await client.end();
  }
  return dump;
}

async function copyOf(client: pg.Client, table: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  // The messages of the protocol, which the types of the package do not show.
  const { connection } = client as unknown as { readonly connection: EventEmitter };
  const take = ({ chunk }: { readonly chunk: Buffer }): void => void chunks.push(chunk);
  connection.on('copyData', take);
  try {
    await client.query(`copy ${table} to stdout`);
  } finally {
    connection.off('copyData', take);
  }
  return Buffer.concat(chunks);
}

/**
 * From now on the server keeps the write-ahead log, whose files it would use again after the next
 * checkpoint, until it is let go. `since` is what `walSince` takes.
 */
export async function keepWal(): Promise<{ since: string; letGo: () => Promise<void> }> {
  // The slot lives as long as its session.
  const client = new pg.Client({ connectionString: serverUrl() });
  await client.connect();
  await client.query(
    `select pg_create_physical_replication_slot('kept_' || pg_backend_pid(), true, true)`,
  );
  return { since: await currentWalFile(serverUrl()), letGo: () => client.end() };
}

async function currentWalFile(databaseUrl: string): Promise<string> {
  const [row] = await query<{ name: string }>(
    databaseUrl,
    'select pg_walfile_name(pg_current_wal_lsn()) as name',
  );
  return row?.name ?? '';
}

/**
 * The files of the write-ahead log that was written since, one by one. The server reads them out, so
 * that it does not matter whose they are on the disk; its user must be allowed to.
 */
export async function* walSince(databaseUrl: string, since: string): AsyncGenerator<Buffer> {
  const now = await currentWalFile(databaseUrl);
  const files = await query<{ name: string }>(
    databaseUrl,
    `select name from pg_ls_waldir() where name between '${since}' and '${now}' order by 1`,
  );
  for (const { name } of files) {
    const rows = await query<{ bytes: Buffer }>(
      databaseUrl,
      `select pg_read_binary_file('pg_wal/${name}') as bytes`,
    );
    yield rows[0]?.bytes ?? Buffer.alloc(0);
  }
}

export async function filesIn(directory: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = new Map<string, Buffer>();
  for (const entry of entries.filter((found) => found.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    // A file of the server's may be gone by now.
    const bytes = await readFile(file).catch(() => undefined);
    if (bytes) files.set(path.relative(directory, file), bytes);
  }
  return files;
}
