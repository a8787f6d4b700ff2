import { type LogEntry, type Payment } from '../payment.ts';
import { knows } from '../psp/version.ts';
import { type Simulation } from '../simulation.ts';
import { timestamp } from '../simulator-clock.ts';
import { type ReceivedUpdate, type TransactionInfo } from './status-update.ts';

export type BatchResult = {
  /** Lines that moved a payment or entered its history. */
  readonly applied: number;
  /** Lines about a payment that is unknown or belongs to another merchant. */
  readonly ignored: number;
  /** Lines that would capture or refund more than there is; they enter the history as failed. */
  readonly refused: number;
};

/** The job that makes status updates visible. Vipps runs it at night, the simulator when told to. */
export function runNightlyBatch(simulation: Simulation): BatchResult {
  const timeStamp = timestamp(simulation.clock.nowMs());
  const result = { applied: 0, ignored: 0, refused: 0 };
  const drafts = new Map<string, Draft>();
  for (const update of simulation.updates.takeWaiting()) {
    if (update.repeated) continue;
    for (const line of update.transactions) {
      const draft = draftOf(simulation, drafts, line.pspTransactionId);
      result[
        draft && isTheirs(draft.payment, update) ? apply(draft, line, timeStamp) : 'ignored'
      ] += 1;
    }
  }
  for (const [id, { payment, log }] of drafts) simulation.book.change(id, { ...payment, log });
  simulation.journal.batchRan();
  return result;
}

/** Of the merchant that reports it, over a version that knows the payment. */
function isTheirs(payment: Payment, update: ReceivedUpdate): boolean {
  const sameMerchant = payment.merchantSerialNumber === update.merchantSerialNumber;
  return sameMerchant && knows(update.version ?? 'v2', payment.version);
}

/** A payment while the batch works on it, so that it is written once however many lines it has. */
type Draft = { payment: Payment; readonly log: LogEntry[] };

function draftOf(
  simulation: Simulation,
  drafts: Map<string, Draft>,
  pspTransactionId: string,
): Draft | undefined {
  const known = drafts.get(pspTransactionId);
  if (known) return known;
  const payment = simulation.book.find(pspTransactionId);
  if (!payment) return undefined;
  const draft = { payment, log: [...payment.log] };
  drafts.set(pspTransactionId, draft);
  return draft;
}

function apply(draft: Draft, line: TransactionInfo, timeStamp: string): 'applied' | 'refused' {
  const failed = line.operationStatus === 'FAILED';
  const moved = failed ? {} : movedAmounts(draft.payment, line);
  draft.payment = { ...draft.payment, ...moved };
  draft.log.push({
    amount: line.amount,
    paymentText: line.paymentText ?? '',
    timeStamp,
    operation: line.status,
    operationSuccess: !failed && moved !== undefined,
  });
  return moved === undefined ? 'refused' : 'applied';
}

/** The sums after the line, or undefined where there is not so much to take. */
function movedAmounts(payment: Payment, line: TransactionInfo): Partial<Payment> | undefined {
  const { amount, capturedAmount, cancelledAmount, refundedAmount } = payment;
  const left = amount - capturedAmount - cancelledAmount;
  switch (line.status) {
    case 'RESERVED':
      return { reservationShown: true };
    case 'CAPTURED':
      return line.amount > left
        ? undefined
        : { capturedAmount: capturedAmount + line.amount, reservationShown: true };
    case 'CANCELLED':
      return line.amount > left
        ? undefined
        : { cancelledAmount: cancelledAmount + line.amount, reservationShown: true };
    case 'REFUNDED':
      return line.amount > capturedAmount - refundedAmount
        ? undefined
        : { refundedAmount: refundedAmount + line.amount };
  }
}
