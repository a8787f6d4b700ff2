import { AdapterError } from '../shared/errors.ts';
import { type Database } from './database.ts';

export type EnvironmentKind = 'PRODUCTION' | 'SANDBOX';

/** Which of Vipps' own environments a host is of; undefined for any other, such as a simulator. */
export type VippsEnvironment = 'PRODUCTION' | 'TEST';

/** Test and production would share a database. */
export class EnvironmentsMixed extends AdapterError {
  override readonly name = 'EnvironmentsMixed';
  readonly code = 'ENVIRONMENTS_MIXED';
}

interface Environment {
  readonly kind: EnvironmentKind;
  readonly vipps: VippsEnvironment | undefined;
}

/**
 * The first start on a database says what it is used for, and later ones have to agree. A sandbox
 * started by mistake on the database of production is refused before it has made a merchant there.
 *
 * @throws {EnvironmentsMixed} naming the variables that do not fit together.
 */
export async function claimEnvironment(
  { hot }: Pick<Database, 'hot'>,
  { kind, vipps }: Environment,
): Promise<void> {
  const { rows } = await hot.query<{ kind: EnvironmentKind; vipps: VippsEnvironment | null }>({
    name: 'environment-claim',
    text: claimSql,
    values: [kind, vipps ?? null],
  });
  const [claimed] = rows;
  if (claimed && claimed.kind !== kind) {
    throw new EnvironmentsMixed(
      `DATABASE_URL: the database belongs to ${inWords[claimed.kind]}, and this is ${inWords[kind]} by NODE_ENV. Give each a database of its own.`,
    );
  }
  if (vipps !== undefined && claimed && claimed.vipps !== vipps) {
    throw new EnvironmentsMixed(
      `VIPPS_API_URL is of Vipps' ${vipps.toLowerCase()} environment, but the database of DATABASE_URL has payments of the other. Give each a database of its own.`,
    );
  }
}

const inWords = {
  PRODUCTION: 'production (NODE_ENV=production)',
  SANDBOX: 'a sandbox',
} as const satisfies Record<EnvironmentKind, string>;

// Where the kinds differ nothing is written but the row's own values.
const claimSql = `
  insert into environment as e (kind, vipps) values ($1, $2)
  on conflict (only_one) do update
    set vipps = case when e.kind = excluded.kind then coalesce(e.vipps, excluded.vipps) else e.vipps end
  returning kind, vipps`;
