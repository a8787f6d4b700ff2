import { backoffMs } from '../shared/backoff.ts';
import { type Clock } from '../shared/clock.ts';
import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { type Answer } from './answer.ts';
import { type FoundPayment } from './leg-repository.ts';
import { isPassing } from './passing-error.ts';
import { type PromisedFails } from './promised-fails.ts';
import { type RefuseCall } from './refuse-call.ts';
import { type FailReason, type ReplyWriter } from './reply.ts';
import { type Stopwatch } from './stopwatch.ts';

/**
 * Stores a FAIL and gives it. One that cannot be stored is tried again for as long as an authorisation
 * might take, since another copy may be answering the same payment OK; only then is it given all the
 * same, to be stored later. Undefined when the payment moved in the meantime.
 */
export type SurelyRefuse = (
  found: FoundPayment,
  reason: FailReason,
  stopwatch: Stopwatch,
) => Promise<Answer | undefined>;

const delays = { firstMs: 20, lastMs: 500 };

export function refuseOrPromise(dependencies: {
  readonly refuse: RefuseCall;
  readonly promises: PromisedFails;
  readonly replies: ReplyWriter;
  readonly clock: Clock;
  readonly log: Log;
}): SurelyRefuse {
  const { refuse, promises, replies, clock, log } = dependencies;
  return async (found, reason, stopwatch) => {
    const { pspTransactionId, makePaymentTokenHash: tokenHash } = found;
    for (let failures = 0; ; failures += 1) {
      try {
        return await refuse(found, reason);
      } catch (error) {
        // The rest of the time is for giving it before the time is up, which would make an 85 of it.
        const leftMs = stopwatch.leftUntilMs(stopwatch.budget.acquirerWithinMs);
        if (leftMs > 0 && isPassing(error)) {
          await clock.sleep(Math.min(leftMs, backoffMs(failures, delays)));
          continue;
        }
        log.warn({ event: 'make-payment.refusal-not-stored', reason: messageOf(error) });
        promises.make({ pspTransactionId, tokenHash, reason });
        return { kind: 'REPLY', reply: replies.fail(pspTransactionId, reason) };
      }
    }
  };
}
