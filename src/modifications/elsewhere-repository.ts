import { type Transaction } from '../database/database.ts';
import { doneAs, type ModificationKind } from './modification.ts';

/** One operation as it is written. */
export interface ElsewhereOperation {
  readonly paymentId: string;
  /** Of its entry in the operation log. */
  readonly sequence: number;
  readonly operationId: string;
  readonly kind: ModificationKind;
  readonly amountMinor: bigint;
  readonly contentHash: Buffer;
  readonly succeeded: boolean;
}

/** An operation that the payment has, and the fingerprint of what it was, where it has one. */
export interface KnownOperation {
  readonly paymentId: string;
  readonly operationId: string;
  readonly contentHash: Buffer | null;
}

/** Those of the operations that are known, by payment and name. */
export async function findKnown(
  trx: Transaction,
  operations: readonly Pick<ElsewhereOperation, 'paymentId' | 'operationId'>[],
): Promise<readonly KnownOperation[]> {
  const names = operations.map(({ paymentId, operationId }) => ({ paymentId, operationId }));
  const { rows } = await trx.raw<{ rows: readonly KnownRow[] }>(knownSql, {
    names: JSON.stringify(names),
  });
  return rows.map((row) => ({
    paymentId: row.payment_id,
    operationId: row.operation_id,
    contentHash: row.content_hash,
  }));
}

interface KnownRow {
  readonly payment_id: string;
  readonly operation_id: string;
  readonly content_hash: Buffer | null;
}

const knownSql = `
  select m.payment_id, m.operation_id, m.content_hash
  from jsonb_to_recordset(cast(:names as jsonb)) as n ("paymentId" uuid, "operationId" text)
  join modification m on m.payment_id = n."paymentId" and m.operation_id = n."operationId"`;

/**
 * Writes operations, their entries in the log and, of those that succeeded, the amounts and the
 * merchants' events. For payments that are locked, each with the numbers that follow its last entry.
 */
export async function addElsewhere(
  trx: Transaction,
  operations: readonly ElsewhereOperation[],
): Promise<void> {
  if (operations.length === 0) return;
  const rows = operations.map(({ kind, succeeded, amountMinor, contentHash, ...operation }) => ({
    ...operation,
    kind,
    succeeded,
    amountMinor: String(amountMinor),
    contentHash: `\\x${contentHash.toString('hex')}`,
    event: succeeded ? doneAs[kind] : `${kind}_FAILED`,
    eventName: doneAs[kind],
  }));
  await trx.raw(addSql, { operations: JSON.stringify(rows) });
}

const movedBy = (kind: ModificationKind): string =>
  `coalesce(sum("amountMinor") filter (where succeeded and kind = '${kind}'), 0)`;

const addSql = `
  with done as materialized (
    select * from jsonb_to_recordset(cast(:operations as jsonb)) as d ("paymentId" uuid, sequence integer,
      "operationId" text, kind text, "amountMinor" bigint, "contentHash" bytea, succeeded boolean,
      event text, "eventName" text)
  ), total as (
    select "paymentId", count(*)::integer as operations, ${movedBy('CAPTURE')} as captured,
      ${movedBy('CANCEL')} as cancelled, ${movedBy('REFUND')} as refunded
    from done group by "paymentId"
  ), moved as (
    update payment p set version = p.version + t.operations,
      captured_minor = p.captured_minor + t.captured, cancelled_minor = p.cancelled_minor + t.cancelled,
      refunded_minor = p.refunded_minor + t.refunded
    from total t where p.id = t."paymentId"
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor, detail)
    select "paymentId", sequence, event, "amountMinor",
      jsonb_build_object('by', 'ELSEWHERE', 'operationId', "operationId")
    from done
  ), announced as (
    insert into merchant_event (payment_id, sequence, name, amount_minor)
    select "paymentId", sequence, "eventName", "amountMinor" from done where succeeded
  )
  insert into modification (payment_id, operation_id, kind, amount_minor, carried_out_by, state,
    content_hash, settled_at)
  select "paymentId", "operationId", kind, "amountMinor", 'ELSEWHERE',
    case when succeeded then 'DONE' else 'FAILED_ELSEWHERE' end, "contentHash", clock_timestamp()
  from done`;
