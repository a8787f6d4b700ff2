import { backoffMs } from './backoff.ts';
import { type Clock } from './clock.ts';
import { messageOf } from './errors.ts';
import { type Log } from './log.ts';

/** Work that goes on after its request was answered, and that a graceful stop waits for. */
export interface Background {
  /** Runs the work now and again after each failure, with growing delays, until it succeeds or the service stops. */
  untilDone(name: string, work: () => Promise<unknown>): void;
  /** Resolves when nothing is under way any more, or when the time is up. */
  drain(timeoutMs: number): Promise<void>;
}

export function createBackground(dependencies: { clock: Clock; log: Log }): Background {
  const { clock, log } = dependencies;
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();

  async function attempt(name: string, work: () => Promise<unknown>): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      try {
        await work();
        return;
      } catch (error) {
        log.warn({
          event: 'background.failed',
          name,
          failures: failures + 1,
          reason: messageOf(error),
        });
        if (stopping.signal.aborted) return;
        await clock.sleep(backoffMs(failures, { firstMs: 50, lastMs: 2_000 }), stopping.signal);
      }
    }
  }

  return {
    untilDone: (name, work) => {
      const task = attempt(name, work).finally(() => running.delete(task));
      running.add(task);
    },
    drain: async (timeoutMs) => {
      const timeUp = new AbortController();
      const allDone = Promise.all(running).then(() => {
        timeUp.abort();
      });
      await Promise.race([allDone, clock.sleep(timeoutMs, timeUp.signal)]);
      stopping.abort();
    },
  };
}
