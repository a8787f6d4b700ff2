import { type Pool } from 'pg';
import { reversalAnewSql } from '../payments/reversal-anew-sql.ts';
import { type Difference, type Remedy } from './difference.ts';
import { type BookedPayment } from './find-differences.ts';

export interface ReconciliationRepository {
  /**
   * Payments by id, after the one given, that nothing has happened to for `quietMs` and that nobody
   * works on: what is young or under a lease is none of reconciliation's business.
   */
  page(after: string, quietMs: number, limit: number): Promise<readonly BookedPayment[]>;
  /** Those of the ids that are, or ever were, a payment of ours. */
  known(pspTransactionIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Carries the remedy out, and writes into the payment's log what was found. */
  heal(remedy: Remedy, difference: Difference): Promise<void>;
}

export function createReconciliationRepository(hot: Pool): ReconciliationRepository {
  return {
    page: async (after, quietMs, limit) => {
      const { rows } = await hot.query<BookedRow>(pageSql, [after, quietMs, limit]);
      return rows.map(toBookedPayment);
    },
    known: async (ids) => {
      const { rows } = await hot.query<{ psp_transaction_id: string }>(
        'select psp_transaction_id from psp_transaction where psp_transaction_id = any($1::text[])',
        [ids],
      );
      return new Set(rows.map((row) => row.psp_transaction_id));
    },
    heal: async (remedy, difference) => {
      const why = JSON.stringify({ difference: difference.kind, subject: difference.subject });
      await hot.query(statementFor(remedy, why));
    },
  };
}

/** A remedy is one statement: the change and the entry in the log, or neither. */
function statementFor(remedy: Remedy, why: string) {
  switch (remedy.kind) {
    case 'ORDER_REVERSAL':
      return {
        name: 'reconciliation-order-reversal',
        text: orderReversalSql,
        values: [
          remedy.paymentId,
          why,
          remedy.leg,
          remedy.pspTransactionId,
          remedy.acquirerReference,
        ],
      };
    case 'REPEAT_OPERATION':
      return {
        name: 'reconciliation-repeat-operation',
        text: repeatOperationSql,
        values: [remedy.paymentId, why, remedy.operationId],
      };
    case 'ENQUEUE_REPORT':
      return {
        name: 'reconciliation-enqueue-report',
        text: enqueueReportSql,
        values: [remedy.paymentId, why, remedy.sequence],
      };
  }
}

const pageSql = `
  select p.id, p.psp_transaction_id, p.state, p.amount_minor, p.captured_minor, p.cancelled_minor,
    p.refunded_minor,
    coalesce((select jsonb_agg(jsonb_build_object('leg', leg, 'acquirerReference', acquirer_reference)
      order by attempt, leg) from authorisation_leg where payment_id = p.id), '[]') as legs,
    coalesce((select jsonb_agg(jsonb_build_object('leg', leg, 'state', state))
      from reversal where payment_id = p.id), '[]') as reversals,
    coalesce((select jsonb_agg(jsonb_build_object('operationId', operation_id, 'kind', kind,
      'amount', amount_minor::text, 'carriedOutBy', carried_out_by, 'state', state,
      'acquirerReference', acquirer_reference)) from modification where payment_id = p.id), '[]') as modifications,
    coalesce((select jsonb_agg(o.sequence order by o.sequence) from operation o
      where o.payment_id = p.id and o.event in ('CAPTURED', 'CANCELLED', 'REFUNDED')
        and not exists (select from status_update u where u.payment_id = p.id and u.sequence = o.sequence)
    ), '[]') as unreported
  from payment p
  where p.id > $1
    and not exists (select from operation o where o.payment_id = p.id
      and o.at > clock_timestamp() - make_interval(secs => $2::double precision / 1000))
    and not exists (select from reversal r where r.payment_id = p.id and r.leased_until > clock_timestamp())
    and not exists (select from modification m where m.payment_id = p.id and m.leased_until > clock_timestamp())
    and p.state not in ('AUTHORISING', 'ANSWERING')
  order by p.id limit $3`;

const logSql = `
  logged as (
    insert into operation (payment_id, sequence, event, amount_minor, detail)
    select id, version, 'RECONCILED', null, $2::jsonb from moved
  )`;

const orderReversalSql = `
  with locked as (
    select id from payment where id = $1 for update
  ), ordered as (
    insert into reversal as r (payment_id, attempt, leg, psp_transaction_id, original_reference, reason,
      authorisation_sent_at)
    select id, 1, $3::smallint, $4::text, $5::text, 'RECONCILIATION', clock_timestamp() from locked
    ${reversalAnewSql}
    returning payment_id
  ), moved as (
    update payment p set version = p.version + 1 from ordered o where p.id = o.payment_id
    returning p.id, p.version
  ), ${logSql}
  select id from moved`;

const repeatOperationSql = `
  with locked as (
    select id from payment where id = $1 for update
  ), hastened as (
    update modification m set next_attempt_at = clock_timestamp() from locked k
    where m.payment_id = k.id and m.operation_id = $3 and m.state = 'UNDER_WAY'
    returning m.payment_id
  ), moved as (
    update payment p set version = p.version + 1 from hastened h where p.id = h.payment_id
    returning p.id, p.version
  ), ${logSql}
  select id from moved`;

const enqueueReportSql = `
  with locked as (
    select id from payment where id = $1 for update
  ), enqueued as (
    insert into status_update (payment_id, sequence, msn, rail, psp_transaction_id, status, amount_minor,
      currency, payment_text)
    select o.payment_id, o.sequence, p.msn, p.rail, p.psp_transaction_id, o.event, o.amount_minor, p.currency,
      p.payment_text
    from operation o join locked k on k.id = o.payment_id join payment p on p.id = o.payment_id
    where o.sequence = $3
    on conflict do nothing
    returning payment_id
  ), moved as (
    update payment p set version = p.version + 1 from enqueued e where p.id = e.payment_id
    returning p.id, p.version
  ), ${logSql}
  select id from moved`;

interface BookedRow {
  readonly id: string;
  readonly psp_transaction_id: string;
  readonly state: BookedPayment['state'];
  readonly amount_minor: bigint;
  readonly captured_minor: bigint;
  readonly cancelled_minor: bigint;
  readonly refunded_minor: bigint;
  readonly legs: BookedPayment['legs'];
  readonly reversals: BookedPayment['reversals'];
  readonly modifications: readonly ModificationJson[];
  readonly unreported: readonly number[];
}

type ModificationJson = Omit<BookedPayment['modifications'][number], 'amountMinor'> & {
  readonly amount: string;
};

function toBookedPayment(row: BookedRow): BookedPayment {
  return {
    id: row.id,
    pspTransactionId: row.psp_transaction_id,
    state: row.state,
    amountMinor: row.amount_minor,
    capturedMinor: row.captured_minor,
    cancelledMinor: row.cancelled_minor,
    refundedMinor: row.refunded_minor,
    legs: row.legs,
    reversals: row.reversals,
    modifications: row.modifications.map(({ amount, ...modification }) => ({
      ...modification,
      amountMinor: BigInt(amount),
    })),
    unreported: row.unreported,
  };
}
