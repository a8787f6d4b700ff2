import { type Transaction } from '../database/database.ts';
import { doneAs, type ModificationKind } from './modification.ts';

export interface ElsewhereOperation {
  readonly paymentId: string;
  readonly operationId: string;
  readonly kind: ModificationKind;
  readonly amountMinor: bigint;
  readonly contentHash: Buffer;
  readonly succeeded: boolean;
}

/** The fingerprint under which the payment's operation is known; undefined when it is not known. */
export async function findContentHash(
  trx: Transaction,
  paymentId: string,
  operationId: string,
): Promise<{ readonly contentHash: Buffer | null } | undefined> {
  const { rows } = await trx.raw<{ rows: readonly { content_hash: Buffer | null }[] }>(
    `select content_hash from modification
     where payment_id = :paymentId and operation_id = :operationId`,
    { paymentId, operationId },
  );
  return rows[0] && { contentHash: rows[0].content_hash };
}

/**
 * Writes the operation, its entry in the log and, where it succeeded, its amount and the merchant's
 * event. For a payment that is locked; answers with the number of the log entry.
 */
export async function addElsewhere(
  trx: Transaction,
  operation: ElsewhereOperation,
): Promise<number> {
  const { kind, succeeded, amountMinor } = operation;
  const { rows } = await trx.raw<{ rows: readonly [{ version: number }] }>(addSql(kind), {
    ...operation,
    amountMinor: String(amountMinor),
    movedMinor: succeeded ? String(amountMinor) : '0',
    event: succeeded ? doneAs[kind] : `${kind}_FAILED`,
    eventName: doneAs[kind],
    state: succeeded ? 'DONE' : 'FAILED_ELSEWHERE',
  });
  return rows[0].version;
}

const doneColumns = {
  CAPTURE: 'captured_minor',
  CANCEL: 'cancelled_minor',
  REFUND: 'refunded_minor',
} as const satisfies Record<ModificationKind, string>;

const addSql = (kind: ModificationKind) => `
  with moved as (
    update payment p set version = p.version + 1,
      ${doneColumns[kind]} = p.${doneColumns[kind]} + cast(:movedMinor as bigint)
    where p.id = :paymentId
    returning p.id, p.version
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor, detail)
    select id, version, :event, cast(:amountMinor as bigint),
      jsonb_build_object('by', 'ELSEWHERE', 'operationId', cast(:operationId as text))
    from moved
  ), announced as (
    insert into merchant_event (payment_id, sequence, name, amount_minor)
    select id, version, :eventName, cast(:amountMinor as bigint) from moved
    where cast(:succeeded as boolean)
  ), written as (
    insert into modification (payment_id, operation_id, kind, amount_minor, carried_out_by, state,
      content_hash, settled_at)
    select id, :operationId, :kind, cast(:amountMinor as bigint), 'ELSEWHERE', :state, cast(:contentHash as bytea),
      clock_timestamp()
    from moved
  )
  select version from moved`;
