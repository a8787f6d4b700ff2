import { type Pool } from 'pg';

/** A capture, cancel or refund of which the acquirer has not said what became of it. */
export interface UnknownModification {
  readonly paymentId: string;
  readonly operationId: string;
  readonly pspTransactionId: string;
  readonly msn: string;
  readonly kind: 'CAPTURE' | 'CANCEL' | 'REFUND';
  readonly amount: bigint;
  readonly currency: string;
  readonly attempts: number;
  readonly lastAnswer: string | null;
  readonly begunAt: Date;
  readonly nextAttemptAt: Date;
}

/** A reversal that the acquirer does not acknowledge. */
export interface LateReversal {
  readonly paymentId: string;
  readonly attempt: number;
  readonly leg: number;
  readonly pspTransactionId: string;
  readonly msn: string;
  readonly originalReference: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly reason: string;
  readonly attempts: number;
  readonly lastAnswer: string | null;
  readonly orderedAt: Date;
  readonly nextAttemptAt: Date;
}

/** What waits for the acquirer for too long; oldest first. */
export interface StuckRepository {
  /** Those that the acquirer left without an answer, and those begun longer ago than that. */
  unknownModifications(query: {
    readonly openMs: number;
    readonly limit: number;
  }): Promise<readonly UnknownModification[]>;
  /** Those that are older than that, and those that were tried as often. */
  lateReversals(query: {
    readonly openMs: number;
    readonly attemptsMin: number;
    readonly limit: number;
  }): Promise<readonly LateReversal[]>;
  /**
   * Has it sent again at once, under its own key, and keeps the reason in the payment's operation log.
   * False where there is none that is open.
   */
  retryModification(paymentId: string, operationId: string, reason: string): Promise<boolean>;
  retryReversal(
    reversal: { readonly paymentId: string; readonly attempt: number; readonly leg: number },
    reason: string,
  ): Promise<boolean>;
}

export function createStuckRepository(hot: Pool): StuckRepository {
  const wrote = async (name: string, text: string, values: readonly unknown[]) => {
    const { rowCount } = await hot.query({ name, text, values: [...values] });
    return rowCount === 1;
  };
  return {
    unknownModifications: async ({ openMs, limit }) => {
      const { rows } = await hot.query<UnknownModification>(modificationsSql, [openMs, limit]);
      return rows;
    },
    lateReversals: async ({ openMs, attemptsMin, limit }) => {
      const values = [openMs, attemptsMin, limit];
      const { rows } = await hot.query<LateReversal>(reversalsSql, values);
      return rows;
    },
    retryModification: (paymentId, operationId, reason) =>
      wrote('stuck-retry-modification', retryModificationSql, [paymentId, operationId, reason]),
    retryReversal: ({ paymentId, attempt, leg }, reason) =>
      wrote('stuck-retry-reversal', retryReversalSql, [paymentId, attempt, leg, reason]),
  };
}

const modificationsSql = `
  select m.payment_id as "paymentId", m.operation_id as "operationId",
    p.psp_transaction_id as "pspTransactionId", p.msn, m.kind, m.amount_minor as amount, p.currency,
    m.attempts, m.last_answer as "lastAnswer", m.begun_at as "begunAt", m.next_attempt_at as "nextAttemptAt"
  from modification m join payment p on p.id = m.payment_id
  where m.state = 'UNDER_WAY' and (m.last_answer is not null
    or m.begun_at < clock_timestamp() - make_interval(secs => $1::double precision / 1000))
  order by m.begun_at, m.payment_id limit $2`;

const reversalsSql = `
  select r.payment_id as "paymentId", r.attempt, r.leg, r.psp_transaction_id as "pspTransactionId", p.msn,
    r.original_reference as "originalReference", p.amount_minor as amount, p.currency, r.reason, r.attempts,
    r.last_answer as "lastAnswer", r.ordered_at as "orderedAt", r.next_attempt_at as "nextAttemptAt"
  from reversal r join payment p on p.id = r.payment_id
  where r.state = 'DUE' and (r.attempts >= $2
    or r.ordered_at < clock_timestamp() - make_interval(secs => $1::double precision / 1000))
  order by r.ordered_at, r.payment_id limit $3`;

// The payment's row is locked first, as everywhere.

const retryModificationSql = `
  with locked as materialized (
    select id from payment where id = $1 for update
  ), hastened as (
    update modification m set next_attempt_at = clock_timestamp()
    from locked k where m.payment_id = k.id and m.operation_id = $2 and m.state = 'UNDER_WAY'
    returning m.payment_id, m.amount_minor, m.kind
  ), moved as (
    update payment p set version = p.version + 1 from hastened h where p.id = h.payment_id
    returning p.id, p.version, h.amount_minor, h.kind
  )
  insert into operation (payment_id, sequence, event, amount_minor, detail)
  select id, version, 'MODIFICATION_RETRIED', amount_minor,
    jsonb_build_object('operationId', $2::text, 'kind', kind, 'reason', $3::text)
  from moved`;

const retryReversalSql = `
  with locked as materialized (
    select id from payment where id = $1 for update
  ), hastened as (
    update reversal r set next_attempt_at = clock_timestamp()
    from locked k where r.payment_id = k.id and r.attempt = $2 and r.leg = $3 and r.state = 'DUE'
    returning r.payment_id
  ), moved as (
    update payment p set version = p.version + 1 from hastened h where p.id = h.payment_id
    returning p.id, p.version, p.amount_minor
  )
  insert into operation (payment_id, sequence, event, amount_minor, detail)
  select id, version, 'REVERSAL_RETRIED', amount_minor,
    jsonb_build_object('leg', $3::smallint, 'reason', $4::text)
  from moved`;
