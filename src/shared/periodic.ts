import { type Clock } from './clock.ts';
import { messageOf } from './errors.ts';
import { type Log } from './log.ts';

/** A job that runs again and again, one run at a time, and at once when it is woken. */
export interface Periodic extends AsyncDisposable {
  /** Runs the job at once, or once more right after the run that is under way. */
  wake(): void;
}

interface PeriodicOptions {
  readonly name: string;
  readonly everyMs: number;
  /** A failure is logged, and tried again soon: the job must leave what it did not finish as it was. */
  readonly run: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** A job of once an hour does not wait for an hour because the database was away for a moment. */
const afterFailureMsMax = 30_000;

export function startPeriodic({ name, everyMs, run, clock, log }: PeriodicOptions): Periodic {
  let waiting = new AbortController();
  let wakeUps = 0;
  let isStopping = false;

  async function runOn(): Promise<void> {
    for (;;) {
      const wakeUpsBefore = wakeUps;
      let pauseMs = everyMs;
      await run().catch((error: unknown) => {
        pauseMs = Math.min(everyMs, afterFailureMsMax);
        log.warn({ event: 'periodic.failed', name, reason: messageOf(error) });
      });
      waiting = new AbortController();
      if (wakeUps === wakeUpsBefore && !isStopping) await clock.sleep(pauseMs, waiting.signal);
      if (isStopping) return;
    }
  }

  const running = runOn();
  return {
    wake: () => {
      wakeUps += 1;
      // With a reason of ours: without one, an error with a stack is made each time.
      waiting.abort('woken');
    },
    [Symbol.asyncDispose]: async () => {
      isStopping = true;
      waiting.abort('stopping');
      await running;
    },
  };
}
