import { type ModificationOutcome } from '../acquirer/acquirer.ts';
import { type Transaction } from '../database/database.ts';
import { repeatDelayMs } from '../shared/repeat-delay.ts';
import { type ModificationStore } from './modification-store.ts';
import { type ModificationWork } from './modification-work.ts';
import { doneAs } from './modification.ts';

/**
 * Writes what the acquirer said, in one transaction with all that follows from it: the amounts, the
 * log, the merchant's event and the report to Vipps. A refusal is in the log alone: nothing happened
 * that a merchant or a customer would have to hear of. Does nothing when the work has passed to
 * another, who gets the same answer under the same key.
 */
export async function settleModification(
  trx: Transaction,
  store: ModificationStore,
  work: ModificationWork,
  outcome: ModificationOutcome,
): Promise<void> {
  // First the payment, then what belongs to it: everybody locks in this order.
  await store.lockPaymentById(trx, work.paymentId);
  switch (outcome.kind) {
    case 'DONE':
      await done(trx, store, work, {
        responseCode: outcome.responseCode,
        rrn: outcome.rrn ?? null,
      });
      return;
    case 'REFUSED':
      await store.recordRefused(trx, work, outcome.responseCode);
      return;
    case 'UNKNOWN':
      await store.recordUnanswered(trx, work, {
        why: outcome.why,
        delayMs: repeatDelayMs(work.attempts),
      });
  }
}

async function done(
  trx: Transaction,
  store: ModificationStore,
  work: ModificationWork,
  answer: { readonly responseCode: string; readonly rrn: string | null },
): Promise<void> {
  const sequence = await store.recordDone(trx, work, answer);
  if (sequence === undefined) return;
  const report = {
    paymentId: work.paymentId,
    sequence,
    msn: work.msn,
    pspTransactionId: work.pspTransactionId,
    status: doneAs[work.kind],
    amountMinor: work.amountMinor,
    currency: work.currency,
    paymentText: work.paymentText,
    operationStatus: 'SUCCESS',
  } as const;
  await store.enqueueStatusUpdates(trx, [report]);
}
