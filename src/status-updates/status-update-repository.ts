import { type Transaction } from '../database/database.ts';

/** One operation that Vipps must be told of, as the transaction that carried it out writes it. */
export interface StatusUpdateToEnqueue {
  readonly paymentId: string;
  /** The entry of the operation log that it reports. */
  readonly sequence: number;
  readonly msn: string;
  readonly pspTransactionId: string;
  readonly status: 'CAPTURED' | 'CANCELLED' | 'REFUNDED';
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly paymentText: string | null;
  readonly operationStatus: 'SUCCESS' | 'FAILED';
}

/**
 * Puts updates into the outbox, in the transaction of the operations that they report: both happen or
 * neither. The sender finds them by itself.
 */
export async function enqueueStatusUpdates(
  trx: Transaction,
  updates: readonly StatusUpdateToEnqueue[],
): Promise<void> {
  if (updates.length === 0) return;
  const rows = updates.map((update) => ({
    ...update,
    amountMinor: String(update.amountMinor),
  }));
  await trx.raw(enqueueSql, { updates: JSON.stringify(rows) });
}

const enqueueSql = `
  insert into status_update (payment_id, sequence, msn, rail, psp_transaction_id, status, amount_minor,
    currency, payment_text, operation_status)
  select "paymentId", sequence, u.msn, p.rail, "pspTransactionId", status, "amountMinor", u.currency,
    "paymentText", "operationStatus"
  from jsonb_to_recordset(cast(:updates as jsonb)) as u ("paymentId" uuid, sequence integer, msn text,
    "pspTransactionId" text, status text, "amountMinor" bigint, currency text, "paymentText" text,
    "operationStatus" text)
  join payment p on p.id = u."paymentId"
  order by "paymentId", sequence`;
