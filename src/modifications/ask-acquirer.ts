import {
  type Acquirer,
  type ModificationOutcome,
  type ModificationRequest,
} from '../acquirer/acquirer.ts';
import { type ModificationWork } from './modification-work.ts';
import { type ModificationKind } from './modification.ts';

export interface ModificationTiming {
  /** How long the acquirer is waited for; the lease outlasts it. */
  readonly answerWithinMs: number;
  readonly leaseMs: number;
}

export const modificationTiming: ModificationTiming = { answerWithinMs: 10_000, leaseMs: 20_000 };

type Ask = (
  acquirer: Acquirer,
  request: ModificationRequest,
  signal: AbortSignal,
) => Promise<ModificationOutcome>;

const asks: Readonly<Record<ModificationKind, Ask>> = {
  CAPTURE: (acquirer, request, signal) => acquirer.capture(request, signal),
  CANCEL: (acquirer, request, signal) => acquirer.void(request, signal),
  REFUND: (acquirer, request, signal) => acquirer.refund(request, signal),
};

/**
 * Sends the modification; no transaction of ours may be open meanwhile. Sent again, it is the same
 * message under the same key, and passes no circuit breaker.
 */
export function askAcquirer(
  acquirer: Acquirer,
  work: ModificationWork,
  signal: AbortSignal,
): Promise<ModificationOutcome> {
  const request = {
    reference: work.acquirerReference,
    originalReference: work.originalReference,
    pspTransactionId: work.pspTransactionId,
    merchant: work.merchant,
    amount: { minor: work.amountMinor, currency: work.currency },
    repeat: work.attempts > 1,
  };
  return asks[work.kind](acquirer, request, signal);
}
