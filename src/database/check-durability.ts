import { AdapterError } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { type Database } from './database.ts';

/** The database may lose what it has confirmed. */
export class DatabaseNotDurable extends AdapterError {
  override readonly name = 'DatabaseNotDurable';
  readonly code = 'DATABASE_NOT_DURABLE';
}

/** Settings under which a confirmed commit is at least on this server's disk. */
const durable = new Set(['on', 'remote_write', 'remote_apply', 'local']);

/**
 * What the adapter has recorded it acts upon: a commit that a crash can undo would let it authorise
 * twice. Warns where one machine's disk is all there is.
 *
 * @throws {DatabaseNotDurable} naming the setting.
 */
export async function checkDurability({ hot }: Pick<Database, 'hot'>, log: Log): Promise<void> {
  const { rows } = await hot.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings
     where name in ('fsync', 'synchronous_commit', 'synchronous_standby_names')`,
  );
  const settings = new Map(rows.map(({ name, setting }) => [name, setting]));
  if (settings.get('fsync') === 'off') throw notDurable('fsync', 'off');
  const commit = settings.get('synchronous_commit') ?? 'off';
  if (!durable.has(commit)) throw notDurable('synchronous_commit', commit);
  if (settings.get('synchronous_standby_names') === '') {
    log.warn({
      event: 'database.no-synchronous-standby',
      advice: 'a failover may lose the last payments: set synchronous_standby_names',
    });
  }
}

function notDurable(name: string, setting: string): DatabaseNotDurable {
  return new DatabaseNotDurable(
    `DATABASE_URL: the database has ${name} = ${setting}, so it may lose what it has confirmed. Set ${name} = on.`,
  );
}
