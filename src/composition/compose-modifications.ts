import { type IdempotencyDependencies } from '../idempotency/with-claim.ts';
import { heartbeatTiming } from '../instances/heartbeat.ts';
import { modificationTiming } from '../modifications/ask-acquirer.ts';
import { startModificationCompleter } from '../modifications/complete-unfinished.ts';
import { startLapse } from '../modifications/lapse-authorisations.ts';
import { createModifyPayment } from '../modifications/modify-payment.ts';
import { type Parts } from './parts.ts';

/** Captures, cancels and refunds, and what finishes those whose outcome is unknown. */
export function composeModifications(parts: Parts, idempotency: IdempotencyDependencies) {
  const { database, acquirer, clock, log, settings } = parts;
  const { answerWithinMs, leaseMs } = modificationTiming;
  const timing = { answerWithinMs: answerWithinMs * settings.deadlineScale, leaseMs };
  const { instanceId } = idempotency;
  const { authorisationDays } = settings;
  return {
    modifyPayment: createModifyPayment({ idempotency, acquirer, timing, log }),
    workers: [
      startModificationCompleter({
        database,
        acquirer,
        instanceId,
        timing,
        silentMsMax: heartbeatTiming.silentMsMax,
        clock,
        log,
      }),
      startLapse({ database, instanceId, authorisationDays, clock, log }),
    ],
  };
}
