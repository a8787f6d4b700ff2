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
 * Puts an update into the outbox, in the transaction of the operation it reports: both happen or
 * neither. The sender finds it by itself.
 */
export async function enqueueStatusUpdate(
  trx: Transaction,
  update: StatusUpdateToEnqueue,
): Promise<void> {
  await trx('status_update').insert({
    payment_id: update.paymentId,
    sequence: update.sequence,
    msn: update.msn,
    psp_transaction_id: update.pspTransactionId,
    status: update.status,
    amount_minor: update.amountMinor.toString(),
    currency: update.currency,
    payment_text: update.paymentText,
    operation_status: update.operationStatus,
  });
}
