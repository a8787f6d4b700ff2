import { type AtOnce } from '../shared/at-once.ts';
import { messageOf } from '../shared/errors.ts';
import { type Random } from '../shared/random.ts';
import { type Batch, type DueWork } from './batch.ts';
import { type Cutoff, type HeldLane } from './lane-repository.ts';
import { sendBatch, type SendBatchDependencies } from './send-batch.ts';

export interface WorkLaneDependencies extends SendBatchDependencies {
  readonly random: Random;
  /** Shared by all lanes of this copy. */
  readonly sending: AtOnce;
  /** Whether anything may be begun now. */
  readonly mayBegin: () => boolean;
}

const merchantsMax = 100;

/**
 * One round through a lane that is held: each merchant that is due gets one request for each rail,
 * an open batch before anything new. True when something was sent.
 */
export async function workLane(
  dependencies: WorkLaneDependencies,
  held: HeldLane,
  cutoff: Cutoff,
): Promise<boolean> {
  const due = await dependencies.batches.due(held.lane, cutoff, merchantsMax);
  const sent = await Promise.all(
    due.map((work) => dependencies.sending(() => serve(dependencies, held, work, cutoff))),
  );
  return sent.includes(true);
}

async function serve(
  dependencies: WorkLaneDependencies,
  held: HeldLane,
  work: DueWork,
  cutoff: Cutoff,
): Promise<boolean> {
  if (!dependencies.mayBegin()) return false;
  try {
    const batch = await nextBatch(dependencies, held, work, cutoff);
    if (batch === undefined) return false;
    await sendBatch(dependencies, held, batch);
    return true;
  } catch (error) {
    // The batch is open with a time at which it is due: whoever holds the lane then sends it again.
    const { msn } = work;
    dependencies.log.warn({ event: 'status-update.failed', msn, reason: messageOf(error) });
    return false;
  }
}

function nextBatch(
  { batches, linesMax, delays, random }: WorkLaneDependencies,
  held: HeldLane,
  { msn, rail, open }: DueWork,
  cutoff: Cutoff,
): Promise<Batch | undefined> {
  if (open) {
    const resendDelayMs = delays.resendDelayMs(open.attempts + 1);
    return batches.resume(held, { id: open.id, msn, rail, resendDelayMs });
  }
  const id = random.uuid();
  const resendDelayMs = delays.resendDelayMs(1);
  return batches.form(held, { id, msn, rail, cutoff, linesMax, resendDelayMs });
}
