import { type Transaction } from '../database/database.ts';
import { invariant } from '../shared/errors.ts';
import {
  type Claim,
  type ClaimResult,
  type IdempotentCall,
  type StoredAnswer,
} from './idempotent-call.ts';

/** Statements that run in the transaction of the operation whose answer they keep. */
export interface IdempotencyRepository {
  /** Looks the key up and, where nobody alive works on the call, takes it. */
  claim(trx: Transaction, call: IdempotentCall, owner: string): Promise<ClaimResult>;
  /** Which payment the call began, for whoever takes it over. */
  began(trx: Transaction, claim: Claim, paymentId: string): Promise<void>;
  /** Whether the claim still stands; where it does, nobody can take it over before the transaction ends. */
  holds(trx: Transaction, claim: Claim): Promise<boolean>;
  /** Keeps the answer. Only for a claim that holds. */
  finish(trx: Transaction, claim: Claim, answer: StoredAnswer): Promise<void>;
  /** Gives the call up without an answer: the next request with the key goes on with it. */
  release(trx: Transaction, claim: Claim): Promise<void>;
  /** Removes answers that are older than they must be kept, at most `limit`; says how many. */
  forget(trx: Transaction, olderThanDays: number, limit: number): Promise<number>;
}

/** A copy that has not beaten for so long is dead, and what it worked on may be taken over. */
const silentSecondsMax = 3;

/** Longer than any call lasts: for a copy that lives but lost track of the call. */
const claimSeconds = 30;

export const idempotencyRepository: IdempotencyRepository = {
  claim: async (trx, call, owner) => {
    const known = await find(trx, call);
    if (known) return judge(trx, call, known, owner);
    const { rows } = await trx.raw<Result<{ fence: number }>>(insertSql, {
      ...call,
      owner,
      claimSeconds,
    });
    if (rows[0]) return { kind: 'CLAIMED', claim: { call, fence: rows[0].fence, paymentId: null } };
    const rival = await find(trx, call);
    return rival ? judge(trx, call, rival, owner) : { kind: 'RUNNING' };
  },
  began: async (trx, { call, fence }, paymentId) => {
    await trx('idempotency_record')
      .where({ msn: call.msn, key: call.key, fence })
      .update({ payment_id: paymentId });
  },
  holds: async (trx, { call, fence }) => {
    const { rows } = await trx.raw<Result<object>>(holdsSql, { ...call, fence });
    return rows.length === 1;
  },
  finish: async (trx, { call, fence }, { status, body }) => {
    const { rows } = await trx.raw<Result<object>>(finishSql, { ...call, fence, status, body });
    invariant(rows.length === 1, 'An answer is kept by whoever holds the claim');
  },
  release: async (trx, { call, fence }) => {
    await trx('idempotency_record')
      .where({ msn: call.msn, key: call.key, fence })
      .whereNull('status')
      .update({ owner: null, claimed_until: null });
  },
  forget: async (trx, olderThanDays, limit) => {
    const { rows } = await trx.raw<Result<object>>(forgetSql, { olderThanDays, limit });
    return rows.length;
  },
};

interface Result<Row> {
  readonly rows: readonly Row[];
}

interface RecordRow {
  readonly fingerprint: Buffer;
  readonly operation: string;
  readonly status: number | null;
  readonly body: string | null;
}

async function find(trx: Transaction, call: IdempotentCall): Promise<RecordRow | undefined> {
  return trx<RecordRow & { msn: string; key: string }>('idempotency_record')
    .where({ msn: call.msn, key: call.key })
    .first('fingerprint', 'operation', 'status', 'body');
}

async function judge(
  trx: Transaction,
  call: IdempotentCall,
  known: RecordRow,
  owner: string,
): Promise<ClaimResult> {
  if (known.operation !== call.operation || !known.fingerprint.equals(call.fingerprint)) {
    return { kind: 'OTHER_REQUEST' };
  }
  if (known.status !== null && known.body !== null) {
    return { kind: 'ANSWERED', answer: { status: known.status, body: known.body } };
  }
  const { rows } = await trx.raw<Result<{ fence: number; payment_id: string | null }>>(
    takeOverSql,
    { ...call, owner, claimSeconds, silentSecondsMax },
  );
  if (!rows[0]) return { kind: 'RUNNING' };
  const { fence, payment_id: paymentId } = rows[0];
  return { kind: 'CLAIMED', claim: { call, fence, paymentId } };
}

const insertSql = `
  insert into idempotency_record (msn, key, operation, fingerprint, owner, claimed_until)
  values (:msn, :key, :operation, :fingerprint, :owner,
    clock_timestamp() + make_interval(secs => :claimSeconds))
  on conflict (msn, key) do nothing
  returning fence`;

const takeOverSql = `
  update idempotency_record r set owner = :owner, fence = r.fence + 1,
    claimed_until = clock_timestamp() + make_interval(secs => :claimSeconds)
  where r.msn = :msn and r.key = :key and r.status is null
    and (r.owner is null or r.claimed_until < clock_timestamp()
      or not exists (select from instance i where i.id = r.owner
        and i.heartbeat_at > clock_timestamp() - make_interval(secs => :silentSecondsMax)))
  returning r.fence, r.payment_id`;

const holdsSql = `
  select msn from idempotency_record
  where msn = :msn and key = :key and fence = :fence and status is null for update`;

const finishSql = `
  update idempotency_record set status = :status, body = :body, finished_at = clock_timestamp()
  where msn = :msn and key = :key and fence = :fence and status is null
  returning msn`;

const forgetSql = `
  delete from idempotency_record where (msn, key) in (
    select msn, key from idempotency_record
    where created_at < now() - make_interval(days => :olderThanDays)
    order by created_at limit :limit for update skip locked)
  returning msn`;
