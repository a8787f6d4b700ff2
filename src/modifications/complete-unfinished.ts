import { type Acquirer } from '../acquirer/acquirer.ts';
import { inTransaction, type Transactions } from '../database/database.ts';
import { type Clock } from '../shared/clock.ts';
import { type Log } from '../shared/log.ts';
import { type Periodic, startPeriodic } from '../shared/periodic.ts';
import { askAcquirer, type ModificationTiming } from './ask-acquirer.ts';
import { type ModificationStore } from './modification-store.ts';
import { type ModificationWork } from './modification-work.ts';
import { settleModification } from './settle-modification.ts';

interface Dependencies {
  readonly database: Transactions;
  readonly store: ModificationStore;
  readonly acquirer: Acquirer;
  readonly instanceId: string;
  readonly timing: ModificationTiming;
  readonly silentMsMax: number;
  readonly clock: Clock;
  readonly log: Log;
}

const everyMs = 500;
const batchSizeMax = 32;

/** So many tries without an answer are a matter for people. */
const alarmFromAttempts = 6;

/**
 * Finishes captures, cancels and refunds whose outcome is unknown, because the acquirer kept silent or
 * because whoever asked it died: sends each again as the same message until it is answered, with
 * growing delays. It is never given up and never counted as failed.
 */
export function startModificationCompleter(dependencies: Dependencies): Periodic {
  const { clock, log } = dependencies;
  return startPeriodic({
    name: 'modifications',
    everyMs,
    run: () => completeUnfinished(dependencies),
    clock,
    log,
  });
}

export async function completeUnfinished(dependencies: Dependencies): Promise<void> {
  const { database, store, instanceId, timing, silentMsMax } = dependencies;
  for (;;) {
    const works = await inTransaction(database, 'modification-claim', (trx) =>
      store.claimUnfinished(trx, {
        owner: instanceId,
        leaseMs: timing.leaseMs,
        silentMsMax,
        limit: batchSizeMax,
      }),
    );
    await Promise.all(works.map((work) => complete(dependencies, work)));
    if (works.length < batchSizeMax) return;
  }
}

async function complete(
  { database, store, acquirer, timing, clock, log }: Dependencies,
  work: ModificationWork,
): Promise<void> {
  const { paymentId, operationId, kind, attempts } = work;
  const outcome = await askAcquirer(acquirer, work, clock.abortAfter(timing.answerWithinMs));
  await inTransaction(database, 'modification-repeat', (trx) =>
    settleModification(trx, store, work, outcome),
  );
  const entry = { event: 'modification.repeated', paymentId, operationId, kind, attempts, outcome };
  if (outcome.kind === 'UNKNOWN' && attempts >= alarmFromAttempts) log.warn(entry);
  else log.info(entry);
}
