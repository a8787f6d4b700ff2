import { type Transaction } from '../database/database.ts';
import { type PaymentState } from '../payments/payment-state.ts';
import { type ModificationWork, type WorkRow, toWork, workSql } from './modification-work.ts';
import { doneAs, type ModificationKind } from './modification.ts';

/** What is known of a modification that was begun before. */
export interface KnownModification {
  readonly kind: ModificationKind;
  readonly amountMinor: bigint;
  readonly state: 'UNDER_WAY' | 'DONE' | 'REFUSED' | 'FAILED_ELSEWHERE';
  readonly responseCode: string | null;
}

export interface NewModification {
  readonly paymentId: string;
  readonly operationId: string;
  readonly kind: ModificationKind;
  readonly amountMinor: bigint;
  readonly acquirerReference: string;
  readonly idempotencyKey: string | null;
  /** Why it is done where no merchant asked for it, for the log. */
  readonly reason: string | null;
  readonly owner: string;
  readonly leaseMs: number;
  /** How often it will have been sent when the owner has sent it; 0 where it is left to the completer. */
  readonly attempts: 0 | 1;
}

interface Rows<Row> {
  readonly rows: readonly Row[];
}

export async function findModification(
  trx: Transaction,
  paymentId: string,
  operationId: string,
): Promise<KnownModification | undefined> {
  const { rows } = await trx.raw<Rows<KnownModification>>(findSql, { paymentId, operationId });
  return rows[0];
}

/** How many of the kind the payment has had, whatever became of them. */
export async function countModifications(
  trx: Transaction,
  paymentId: string,
  kind: ModificationKind,
): Promise<number> {
  const { rows } = await trx.raw<Rows<{ n: number }>>(countSql, { paymentId, kind });
  return rows[0]?.n ?? 0;
}

/** Ends a locked payment that was not authorised yet. */
export async function terminate(
  trx: Transaction,
  termination: {
    readonly paymentId: string;
    readonly toState: PaymentState;
    readonly idempotencyKey: string | null;
  },
): Promise<void> {
  await trx.raw(terminateSql, termination);
}

/** Sets the amount aside on the locked payment and writes down what is about to be asked of the acquirer. */
export async function beginModification(
  trx: Transaction,
  modification: NewModification,
): Promise<ModificationWork | undefined> {
  const { kind, amountMinor } = modification;
  const { rows } = await trx.raw<Rows<WorkRow>>(beginSql(kind), {
    ...modification,
    amountMinor: String(amountMinor),
    event: `${kind}_BEGUN`,
  });
  return rows[0] && toWork(rows[0]);
}

/**
 * The acquirer has done it: what was set aside has moved, and the merchant's event is written. Answers
 * with the number of the log entry; undefined when the work has passed to another.
 */
export async function recordDone(
  trx: Transaction,
  work: ModificationWork,
  answer: { readonly responseCode: string; readonly rrn: string | null },
): Promise<number | undefined> {
  const { paymentId, operationId, fence, kind } = work;
  const bindings = { paymentId, operationId, fence, ...answer, event: doneAs[kind] };
  const { rows } = await trx.raw<Rows<{ version: number }>>(doneSql(kind), bindings);
  return rows[0]?.version;
}

/** The acquirer will not: what was set aside is given back. Nothing happens when the work has passed to another. */
export async function recordRefused(
  trx: Transaction,
  work: ModificationWork,
  responseCode: string,
): Promise<void> {
  const { paymentId, operationId, fence, kind } = work;
  const event = `${kind}_REFUSED`;
  await trx.raw(refusedSql(kind), { paymentId, operationId, fence, responseCode, event });
}

/** Nobody knows: the amount stays set aside, and the same message goes out again after the delay. */
export async function recordUnanswered(
  trx: Transaction,
  work: ModificationWork,
  { why, delayMs }: { readonly why: string; readonly delayMs: number },
): Promise<void> {
  const { paymentId, operationId, fence, kind } = work;
  const event = `${kind}_UNANSWERED`;
  await trx.raw(unansweredSql, { paymentId, operationId, fence, why, delayMs, event });
}

const columns = {
  CAPTURE: { underWay: 'capturing_minor', done: 'captured_minor' },
  CANCEL: { underWay: 'cancelling_minor', done: 'cancelled_minor' },
  REFUND: { underWay: 'refunding_minor', done: 'refunded_minor' },
} as const satisfies Record<ModificationKind, { underWay: string; done: string }>;

const findSql = `
  select kind, amount_minor as "amountMinor", state, response_code as "responseCode"
  from modification where payment_id = :paymentId and operation_id = :operationId`;

const countSql = `
  select count(*)::integer as n from modification where payment_id = :paymentId and kind = :kind`;

const terminateSql = `
  with moved as (
    update payment p set state = :toState, version = p.version + 1 where p.id = :paymentId
    returning p.id, p.version, p.amount_minor
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor)
    select id, version, 'MERCHANT_CANCELLED', amount_minor from moved
  )
  insert into merchant_event (payment_id, sequence, name, amount_minor, idempotency_key)
  select id, version, 'TERMINATED', amount_minor, cast(:idempotencyKey as text) from moved`;

const beginSql = (kind: ModificationKind) => `
  with moved as (
    update payment p set version = p.version + 1,
      ${columns[kind].underWay} = p.${columns[kind].underWay} + cast(:amountMinor as bigint)
    where p.id = :paymentId
    returning p.id, p.version
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor, detail)
    select id, version, :event, cast(:amountMinor as bigint), jsonb_strip_nulls(jsonb_build_object(
      'operationId', cast(:operationId as text), 'acquirerReference', cast(:acquirerReference as text),
      'reason', cast(:reason as text)))
    from moved
  ), work as (
    insert into modification (payment_id, operation_id, kind, amount_minor, carried_out_by, state,
      acquirer_reference, idempotency_key, attempts, next_attempt_at, owner, leased_until, fence)
    select id, :operationId, :kind, cast(:amountMinor as bigint), 'ADAPTER', 'UNDER_WAY',
      :acquirerReference, cast(:idempotencyKey as text), cast(:attempts as integer), clock_timestamp(), cast(:owner as uuid),
      clock_timestamp() + make_interval(secs => cast(:leaseMs as double precision) / 1000), 1
    from moved
    returning *
  )
  ${workSql}`;

const mine = `payment_id = :paymentId and operation_id = :operationId and fence = :fence
      and state = 'UNDER_WAY'`;

const doneSql = (kind: ModificationKind) => `
  with settled as (
    update modification set state = 'DONE', response_code = :responseCode, rrn = cast(:rrn as text),
      settled_at = clock_timestamp(), next_attempt_at = null, leased_until = null
    where ${mine}
    returning payment_id, operation_id, amount_minor, idempotency_key, attempts
  ), moved as (
    update payment p set version = p.version + 1,
      ${columns[kind].underWay} = p.${columns[kind].underWay} - s.amount_minor,
      ${columns[kind].done} = p.${columns[kind].done} + s.amount_minor
    from settled s where p.id = s.payment_id
    returning p.id, p.version, s.operation_id, s.amount_minor, s.idempotency_key, s.attempts
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor, detail)
    select id, version, :event, amount_minor, jsonb_build_object('by', 'ADAPTER',
      'operationId', operation_id, 'attempts', attempts, 'responseCode', cast(:responseCode as text))
    from moved
  ), announced as (
    insert into merchant_event (payment_id, sequence, name, amount_minor, idempotency_key)
    select id, version, :event, amount_minor, idempotency_key from moved
  )
  select version from moved`;

const refusedSql = (kind: ModificationKind) => `
  with settled as (
    update modification set state = 'REFUSED', response_code = :responseCode,
      settled_at = clock_timestamp(), next_attempt_at = null, leased_until = null
    where ${mine}
    returning payment_id, operation_id, amount_minor, attempts
  ), moved as (
    update payment p set version = p.version + 1,
      ${columns[kind].underWay} = p.${columns[kind].underWay} - s.amount_minor
    from settled s where p.id = s.payment_id
    returning p.id, p.version, s.operation_id, s.amount_minor, s.attempts
  )
  insert into operation (payment_id, sequence, event, amount_minor, detail)
  select id, version, :event, amount_minor, jsonb_build_object('operationId', operation_id,
    'attempts', attempts, 'responseCode', cast(:responseCode as text))
  from moved`;

const unansweredSql = `
  with put_off as (
    update modification set last_answer = :why, leased_until = null, owner = null,
      next_attempt_at = clock_timestamp() + make_interval(secs => cast(:delayMs as double precision) / 1000)
    where ${mine}
    returning payment_id, operation_id, amount_minor, attempts
  ), moved as (
    update payment p set version = p.version + 1 from put_off o where p.id = o.payment_id
    returning p.id, p.version, o.operation_id, o.amount_minor, o.attempts
  )
  insert into operation (payment_id, sequence, event, amount_minor, detail)
  select id, version, :event, amount_minor, jsonb_build_object('operationId', operation_id,
    'attempts', attempts, 'answer', cast(:why as text))
  from moved`;
