import { type IdempotencyDependencies } from '../idempotency/with-claim.ts';
import { type Heartbeat, heartbeatTiming } from '../instances/heartbeat.ts';
import { modificationTiming } from '../modifications/ask-acquirer.ts';
import { startModificationCompleter } from '../modifications/complete-unfinished.ts';
import { startLapse } from '../modifications/lapse-authorisations.ts';
import { createModifyPayment } from '../modifications/modify-payment.ts';
import { type DeedParts } from './parts.ts';

/** Captures, cancels and refunds, and what finishes those whose outcome is unknown. */
export function composeModifications(
  parts: DeedParts,
  idempotency: IdempotencyDependencies,
  heartbeat: Pick<Heartbeat, 'onSilence'>,
) {
  const { stores, acquirer, clock, log, settings } = parts;
  const { answerWithinMs, leaseMs } = modificationTiming;
  const timing = { answerWithinMs: answerWithinMs * settings.deadlineScale, leaseMs };
  const { instanceId } = idempotency;
  const { authorisationDays } = settings;
  const books = { database: stores.transactions, store: stores.modifications };
  const completer = startModificationCompleter({
    ...books,
    acquirer,
    instanceId,
    timing,
    silentMsMax: heartbeatTiming.silentMsMax,
    clock,
    log,
  });
  heartbeat.onSilence(() => {
    completer.wake();
  });
  return {
    modifyPayment: createModifyPayment({
      idempotency,
      store: stores.modifications,
      acquirer,
      timing,
      log,
    }),
    workers: [completer, startLapse({ ...books, instanceId, authorisationDays, clock, log })],
  };
}
