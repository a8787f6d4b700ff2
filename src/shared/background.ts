import { backoffMs } from './backoff.ts';
import { type Clock } from './clock.ts';
import { messageOf } from './errors.ts';
import { type Log } from './log.ts';

/** Work that goes on after its request was answered, and that a graceful stop waits for. */
export interface Background {
  /** Runs the work now and again after each failure, with growing delays, until it succeeds or the service stops. */
  untilDone(name: string, work: () => Promise<unknown>): void;
  /** The same for work whose result somebody waits for; undefined when the service stopped first. */
  resultOf<Result>(name: string, work: () => Promise<Result>): Promise<Result | undefined>;
  /** Resolves when nothing is under way any more, or when the time is up. */
  drain(timeoutMs: number): Promise<void>;
}

const delays = { firstMs: 50, lastMs: 2_000 };

export function createBackground(dependencies: { clock: Clock; log: Log }): Background {
  const { clock, log } = dependencies;
  const running = new Set<Promise<unknown>>();
  const stopping = new AbortController();

  async function attempt<Result>(
    name: string,
    work: () => Promise<Result>,
  ): Promise<Result | undefined> {
    for (let failures = 0; ; failures += 1) {
      try {
        return await work();
      } catch (error) {
        log.warn({
          event: 'background.failed',
          name,
          failures: failures + 1,
          reason: messageOf(error),
        });
        if (stopping.signal.aborted) return undefined;
        await clock.sleep(backoffMs(failures, delays), stopping.signal);
      }
    }
  }

  function start<Result>(name: string, work: () => Promise<Result>): Promise<Result | undefined> {
    const task = attempt(name, work).finally(() => running.delete(task));
    running.add(task);
    return task;
  }

  /** Work may begin other work: an outcome is recorded, then its delivery. */
  async function untilIdle(): Promise<void> {
    while (running.size > 0) await Promise.all(running);
  }

  return {
    untilDone: (name, work) => void start(name, work),
    resultOf: start,
    drain: async (timeoutMs) => {
      const timeUp = new AbortController();
      const idle = untilIdle().then(() => {
        timeUp.abort();
      });
      await Promise.race([idle, clock.sleep(timeoutMs, timeUp.signal)]);
      stopping.abort();
    },
  };
}
