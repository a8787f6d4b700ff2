import { realpath } from 'node:fs/promises';
import pg from 'pg';
import { type Secret } from '../../shared/secret.ts';

/**
 * Held, shared, by every process that uses the server, for as long as its connection lives; so a
 * process that is killed lets go of it without a trace to clean up. Whoever gets it alone was the
 * last, and may stop the server. (An advisory lock is fine here: this is never another database.)
 */
const usersLock = 7_305_111;
const lockNotAvailable = '55P03';

export type ServerAddress = { readonly port: number; readonly password: Secret<string> };

/** This process's claim on a running server. */
export type Claim = {
  /** Gives the claim up. True when nobody else holds one: then the server is ours to stop. */
  release(): Promise<boolean>;
};

export function urlOf({ port, password }: ServerAddress): string {
  return `postgres://postgres:${password.expose()}@127.0.0.1:${port}/postgres`;
}

/**
 * Connects and registers this process as a user of the server. Undefined when the server does not
 * answer (yet), is being stopped by its last user, or works on another data directory.
 */
export async function claimServer(
  address: ServerAddress,
  cluster: string,
): Promise<Claim | undefined> {
  const client = new pg.Client({
    connectionString: urlOf(address),
    application_name: 'embedded-postgres-claim',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  // A server that dies under us shows in every other connection; here it only ends the claim.
  let lost = false;
  client.on('error', () => (lost = true));
  try {
    await client.connect();
    if (await takeShared(client, cluster)) return { release: async () => lost || release(client) };
  } catch {
    lost = true;
  }
  await client.end().catch(() => undefined);
  return undefined;
}

async function takeShared(client: pg.Client, cluster: string): Promise<boolean> {
  const { rows } = await client.query<{ directory: string; taken: boolean }>(
    `select current_setting('data_directory') as directory, pg_try_advisory_lock_shared($1) as taken`,
    [usersLock],
  );
  const answer = rows[0];
  return answer?.taken === true && answer.directory === (await realpath(cluster));
}

/**
 * Asks with some patience: the session of a process that was just killed holds its claim until the
 * server has noticed.
 */
async function release(client: pg.Client): Promise<boolean> {
  try {
    await client.query('select pg_advisory_unlock_shared($1)', [usersLock]);
    await client.query(`set lock_timeout to '300ms'`);
    await client.query('select pg_advisory_lock($1)', [usersLock]);
    return true;
  } catch (error) {
    const { code } = error as pg.DatabaseError;
    await client.end().catch(() => undefined);
    return code !== lockNotAvailable;
  }
}
