import { type Payment } from '../payment.ts';
import { type Simulation } from '../simulation.ts';
import { timestamp } from '../simulator-clock.ts';
import { type TransactionInfo } from './status-update.ts';

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
  const nowMs = simulation.clock.nowMs();
  const result = { applied: 0, ignored: 0, refused: 0 };
  for (const update of simulation.updates.takeWaiting()) {
    if (update.repeated) continue;
    for (const line of update.transactions) {
      result[apply(simulation, update.merchantSerialNumber, line, nowMs)] += 1;
    }
  }
  simulation.journal.batchRan();
  return result;
}

function apply(
  simulation: Simulation,
  msn: string,
  line: TransactionInfo,
  nowMs: number,
): keyof BatchResult {
  const payment = simulation.book.find(line.pspTransactionId);
  if (payment?.merchantSerialNumber !== msn) return 'ignored';
  const failed = line.operationStatus === 'FAILED';
  const moved = failed ? {} : movedAmounts(payment, line);
  const entry = {
    amount: line.amount,
    paymentText: line.paymentText ?? '',
    timeStamp: timestamp(nowMs),
    operation: line.status,
    operationSuccess: !failed && moved !== undefined,
  };
  simulation.book.change(payment.pspTransactionId, { ...moved, log: [...payment.log, entry] });
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
