import { type Transaction } from '../database/database.ts';

interface LapseQuery {
  readonly authorisationDays: Readonly<Record<string, number>>;
  readonly limit: number;
}

export interface NearLapse {
  readonly paymentId: string;
  readonly remainderMinor: bigint;
}

/** Writes into the log of each payment that its remainder lapses soon, once; says which. */
export async function noteNearLapse(
  trx: Transaction,
  { authorisationDays, alarmDaysBefore, limit }: LapseQuery & { readonly alarmDaysBefore: number },
): Promise<readonly NearLapse[]> {
  const { rows } = await trx.raw<{ rows: readonly NearLapse[] }>(nearSql, {
    days: JSON.stringify(authorisationDays),
    daysMin: Math.min(...Object.values(authorisationDays)) - alarmDaysBefore,
    alarmDaysBefore,
    limit,
  });
  return rows;
}

/** Payments whose remainder no issuer holds any longer, and that were not given up before. */
export async function findLapsed(
  trx: Transaction,
  { authorisationDays, operationId, limit }: LapseQuery & { readonly operationId: string },
): Promise<readonly string[]> {
  const { rows } = await trx.raw<{ rows: readonly { id: string }[] }>(lapsedSql, {
    days: JSON.stringify(authorisationDays),
    daysMin: Math.min(...Object.values(authorisationDays)),
    operationId,
    limit,
  });
  return rows.map(({ id }) => id);
}

/**
 * The first three lines are there for the index `payment_to_lapse`, whose words they use; by the
 * shortest time first, then by the scheme's own.
 */
const withRemainder = `not p.awaits_customer and p.ended_as is null
    and p.captured_minor + p.capturing_minor + p.cancelled_minor + p.cancelling_minor < p.amount_minor
    and p.created_at < now() - make_interval(days => :daysMin)
    and p.state = 'AUTHORISED'
    and p.captured_minor + p.capturing_minor + p.cancelled_minor + p.cancelling_minor < p.authorised_minor`;

const daysOfScheme = `coalesce(cast(:days as jsonb) ->> p.scheme, cast(:days as jsonb) ->> 'OTHER')::integer`;

const nearSql = `
  with near as (
    select p.id from payment p
    where ${withRemainder}
      and p.authorised_at < now() - make_interval(days => ${daysOfScheme} - :alarmDaysBefore)
      and not exists (select from operation o where o.payment_id = p.id and o.event = 'LAPSES_SOON')
    order by p.authorised_at limit :limit for update of p skip locked
  ), moved as (
    update payment p set version = p.version + 1 from near n where p.id = n.id
    returning p.id, p.version, p.authorised_minor - p.captured_minor - p.capturing_minor
      - p.cancelled_minor - p.cancelling_minor as remainder_minor
  )
  insert into operation (payment_id, sequence, event, amount_minor)
  select id, version, 'LAPSES_SOON', remainder_minor from moved
  returning payment_id as "paymentId", amount_minor as "remainderMinor"`;

const lapsedSql = `
  select p.id from payment p
  where ${withRemainder} and p.authorised_at < now() - make_interval(days => ${daysOfScheme})
    and p.capturing_minor + p.cancelling_minor + p.refunding_minor = 0
    and not exists (select from modification m
      where m.payment_id = p.id and m.operation_id = :operationId)
  order by p.authorised_at limit :limit`;
