import { type Transaction } from '../database/database.ts';
import { type StatusUpdateToEnqueue } from '../status-updates/status-update-repository.ts';
import { type ElsewhereOperation } from './elsewhere-repository.ts';
import { type ModificationStore } from './modification-store.ts';
import { doneAs, leftForMinor, type LockedPayment, type ModificationKind } from './modification.ts';

/** An operation that somebody else carried out: a settlement system, a till. */
export interface OperationElsewhere {
  readonly pspTransactionId: string;
  readonly kind: ModificationKind;
  /** Above zero. */
  readonly amountMinor: bigint;
  readonly currency: string;
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
  /** The id is nobody's, or was superseded. */
  | 'UNKNOWN_PAYMENT'
  | 'OTHER_CURRENCY'
  | 'OPERATION_ID_REUSED'
  /** The payment was never authorised, or is no more. */
  | 'NOT_AUTHORISED'
  /** What is under way counts as gone. */
  | 'MORE_THAN_IS_LEFT';

/**
 * Records operations that were done elsewhere, and has Vipps told, in the caller's transaction. They
 * are taken in the order given, each by what the one before has left; a refused one writes nothing.
 * Answers for each, in the same order. All their payments stay locked until the transaction ends.
 */
export type RecordElsewhere = (
  trx: Transaction,
  operations: readonly OperationElsewhere[],
) => Promise<readonly RecordedElsewhere[]>;

export function createRecordElsewhere(store: ModificationStore): RecordElsewhere {
  return (trx, operations) => recordElsewhere(trx, store, operations);
}

async function recordElsewhere(
  trx: Transaction,
  store: ModificationStore,
  operations: readonly OperationElsewhere[],
): Promise<readonly RecordedElsewhere[]> {
  const ids = [...new Set(operations.map(({ pspTransactionId }) => pspTransactionId))];
  const payments = new Map<string, LockedPayment>();
  for (const payment of await store.lockPaymentsByPspTransactionId(trx, ids)) {
    payments.set(payment.pspTransactionId, payment);
  }
  const book = createBook(payments, await knownFingerprints(trx, store, { operations, payments }));
  const verdicts = operations.map((operation) => book.enter(operation));
  await store.addElsewhere(trx, book.entries);
  await store.enqueueStatusUpdates(trx, book.reports);
  return verdicts;
}

type Fingerprints = Map<string, Buffer | null>;

const nameOf = (paymentId: string, operationId: string): string => `${paymentId}/${operationId}`;

async function knownFingerprints(
  trx: Transaction,
  store: ModificationStore,
  among: {
    readonly operations: readonly OperationElsewhere[];
    readonly payments: ReadonlyMap<string, LockedPayment>;
  },
): Promise<Fingerprints> {
  const { operations, payments } = among;
  const names = operations.flatMap(({ pspTransactionId, operationId }) => {
    const payment = payments.get(pspTransactionId);
    return payment ? [{ paymentId: payment.id, operationId }] : [];
  });
  const known = await store.findKnown(trx, names);
  return new Map(
    known.map(({ paymentId, operationId, contentHash }) => [
      nameOf(paymentId, operationId),
      contentHash,
    ]),
  );
}

/** Judges operations one after the other, and keeps what is to be written. */
function createBook(payments: Map<string, LockedPayment>, fingerprints: Fingerprints) {
  const entries: ElsewhereOperation[] = [];
  const reports: StatusUpdateToEnqueue[] = [];

  return {
    entries,
    reports,
    enter: (operation: OperationElsewhere): RecordedElsewhere => {
      const payment = payments.get(operation.pspTransactionId);
      if (payment === undefined) return 'UNKNOWN_PAYMENT';
      const name = nameOf(payment.id, operation.operationId);
      const refusal = refusalOf(operation, payment, fingerprints.get(name));
      if (refusal !== undefined) return refusal;

      const after = afterwards(payment, operation);
      payments.set(operation.pspTransactionId, after);
      fingerprints.set(name, operation.contentHash);
      entries.push({ ...entryOf(operation), paymentId: payment.id, sequence: after.version });
      reports.push(reportOf(operation, after));
      return 'RECORDED';
    },
  };
}

/** `known` is the fingerprint under the operation's name: undefined where the name is new. */
function refusalOf(
  operation: OperationElsewhere,
  payment: LockedPayment,
  known: Buffer | null | undefined,
): Exclude<RecordedElsewhere, 'RECORDED'> | undefined {
  const { kind, amountMinor, succeeded } = operation;
  if (known !== undefined) {
    return known?.equals(operation.contentHash) ? 'DUPLICATE' : 'OPERATION_ID_REUSED';
  }
  if (operation.currency !== payment.currency) return 'OTHER_CURRENCY';
  if (payment.state !== 'AUTHORISED') return 'NOT_AUTHORISED';
  return succeeded && amountMinor > leftForMinor(kind, payment) ? 'MORE_THAN_IS_LEFT' : undefined;
}

function afterwards(payment: LockedPayment, operation: OperationElsewhere): LockedPayment {
  const { kind, succeeded, amountMinor } = operation;
  const moved = (its: ModificationKind) => (succeeded && its === kind ? amountMinor : 0n);
  return {
    ...payment,
    version: payment.version + 1,
    capturedMinor: payment.capturedMinor + moved('CAPTURE'),
    cancelledMinor: payment.cancelledMinor + moved('CANCEL'),
    refundedMinor: payment.refundedMinor + moved('REFUND'),
  };
}

function entryOf(operation: OperationElsewhere) {
  const { operationId, kind, amountMinor, contentHash, succeeded } = operation;
  return { operationId, kind, amountMinor, contentHash, succeeded };
}

function reportOf(operation: OperationElsewhere, payment: LockedPayment): StatusUpdateToEnqueue {
  return {
    paymentId: payment.id,
    sequence: payment.version,
    msn: payment.msn,
    pspTransactionId: payment.pspTransactionId,
    status: doneAs[operation.kind],
    amountMinor: operation.amountMinor,
    currency: payment.currency,
    paymentText: operation.paymentText ?? payment.paymentText,
    operationStatus: operation.succeeded ? 'SUCCESS' : 'FAILED',
  };
}
