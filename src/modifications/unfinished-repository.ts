import { type Transaction } from '../database/database.ts';
import { type ModificationWork, toWork, type WorkRow, workSql } from './modification-work.ts';

export interface UnfinishedClaim {
  readonly owner: string;
  readonly leaseMs: number;
  /** A copy of the service that was silent for longer is dead, and its leases with it. */
  readonly silentMsMax: number;
  readonly limit: number;
}

/** Takes modifications whose outcome is unknown and that nobody alive works on, those due first. */
export async function claimUnfinished(
  trx: Transaction,
  claim: UnfinishedClaim,
): Promise<readonly ModificationWork[]> {
  const { rows } = await trx.raw<{ rows: readonly WorkRow[] }>(claimSql, { ...claim });
  return rows.map(toWork);
}

const claimSql = `
  with due as (
    select payment_id, operation_id from modification m
    where state = 'UNDER_WAY' and next_attempt_at <= clock_timestamp()
      and (leased_until is null or leased_until < clock_timestamp()
        or not exists (select from instance i where i.id = m.owner and i.heartbeat_at
          > clock_timestamp() - make_interval(secs => cast(:silentMsMax as double precision) / 1000)))
    order by next_attempt_at limit :limit for update skip locked
  ), work as (
    update modification m set owner = :owner, fence = m.fence + 1, attempts = m.attempts + 1,
      leased_until = clock_timestamp() + make_interval(secs => cast(:leaseMs as double precision) / 1000)
    from due d where m.payment_id = d.payment_id and m.operation_id = d.operation_id
    returning m.*
  )
  ${workSql}`;
