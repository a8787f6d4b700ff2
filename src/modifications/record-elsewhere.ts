import { type Transaction } from '../database/database.ts';
import { enqueueStatusUpdate } from '../status-updates/status-update-repository.ts';
import { addElsewhere, findContentHash } from './elsewhere-repository.ts';
import { doneAs, leftForMinor, type LockedPayment, type ModificationKind } from './modification.ts';

/** An operation that somebody else carried out: a settlement system, a till. */
export interface OperationElsewhere {
  readonly kind: ModificationKind;
  /** Above zero. */
  readonly amountMinor: bigint;
  /** Who sends the operation names it, at most 64 characters: the name is its identity on the payment. */
  readonly operationId: string;
  /** Tells the same operation from another one under its name. */
  readonly contentHash: Buffer;
  /** A failure is recorded and reported, and moves no amount. */
  readonly succeeded: boolean;
  /** What the customer reads in the app; null for the payment's own text. */
  readonly paymentText: string | null;
}

export type RecordedElsewhere =
  | 'RECORDED'
  /** It was recorded before: nothing changes. */
  | 'DUPLICATE'
  | 'OPERATION_ID_REUSED'
  /** The payment was never authorised, or is no more. */
  | 'NOT_AUTHORISED'
  /** What is under way counts as gone. */
  | 'MORE_THAN_IS_LEFT';

/**
 * Records an operation that was done elsewhere, and has Vipps told, in the caller's transaction.
 * The payment is locked (lock it with {@link file://./locked-payment-repository.ts}). Where the
 * answer is a refusal, nothing is written.
 */
export async function recordElsewhere(
  trx: Transaction,
  payment: LockedPayment,
  operation: OperationElsewhere,
): Promise<RecordedElsewhere> {
  const { kind, amountMinor, operationId, contentHash, succeeded } = operation;
  const known = await findContentHash(trx, payment.id, operationId);
  if (known !== undefined) {
    return known.contentHash?.equals(contentHash) ? 'DUPLICATE' : 'OPERATION_ID_REUSED';
  }
  if (payment.state !== 'AUTHORISED') return 'NOT_AUTHORISED';
  if (succeeded && amountMinor > leftForMinor(kind, payment)) return 'MORE_THAN_IS_LEFT';

  const sequence = await addElsewhere(trx, { ...operation, paymentId: payment.id });
  await enqueueStatusUpdate(trx, {
    paymentId: payment.id,
    sequence,
    msn: payment.msn,
    pspTransactionId: payment.pspTransactionId,
    status: doneAs[kind],
    amountMinor,
    currency: payment.currency,
    paymentText: operation.paymentText ?? payment.paymentText,
    operationStatus: succeeded ? 'SUCCESS' : 'FAILED',
  });
  return 'RECORDED';
}
