import { type Clock } from '../shared/clock.ts';
import { type Log } from '../shared/log.ts';
import { type Periodic, startPeriodic } from '../shared/periodic.ts';
import { fruitlessEnd } from './end-step-up.ts';
import { type StepUpRepository } from './step-up-repository.ts';

interface Dependencies {
  readonly stepUps: Pick<StepUpRepository, 'endDue'>;
  readonly clock: Clock;
  readonly log: Log;
}

const everyMs = 1_000;
const batchSizeMax = 500;

/** Ends challenges that nobody finished in time, by the database's clock. */
export function startStepUpTimeOuts(dependencies: Dependencies): Periodic {
  const { clock, log } = dependencies;
  const run = () => timeOutStepUps(dependencies);
  return startPeriodic({ name: 'step-up-time-outs', everyMs, run, clock, log });
}

export async function timeOutStepUps({
  stepUps,
  log,
}: Pick<Dependencies, 'stepUps' | 'log'>): Promise<void> {
  const end = fruitlessEnd('TIMED_OUT');
  for (;;) {
    const ended = await stepUps.endDue(end, batchSizeMax);
    for (const paymentId of ended) log.info({ event: 'step-up.timed-out', paymentId });
    if (ended.length < batchSizeMax) return;
  }
}
