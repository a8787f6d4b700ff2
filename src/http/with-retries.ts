import { ExponentialBackoff, handleWhenResult, retry, type IBackoff } from 'cockatiel';
import { type Clock } from '../shared/clock.ts';

export interface RetryOptions {
  /** Repeats after the first try. */
  readonly retriesMax: number;
  /** The waits grow from about this one, with decorrelated jitter, … */
  readonly firstDelayMs: number;
  /** … up to this one. */
  readonly delayMsMax: number;
}

export interface RetryPlan<Result> extends RetryOptions {
  readonly clock: Clock;
  /** On the clock's monotonic time; no wait begins or lasts beyond it. */
  readonly untilMs: number;
  readonly signal?: AbortSignal;
  readonly shouldRetry: (result: Result) => boolean;
  /** A wait that the other side asked for; the longer of the two is kept. */
  readonly delayMsMin?: (result: Result) => number;
}

/**
 * Tries, and tries again while the result says so, repeats are left, and time is left. Answers
 * with the last result; the call itself must not throw for what may be repeated.
 */
export async function withRetries<Result>(
  plan: RetryPlan<Result>,
  attempt: () => Promise<Result>,
): Promise<Result> {
  const { clock, signal, untilMs } = plan;
  const delays = new ExponentialBackoff({
    initialDelay: plan.firstDelayMs,
    maxDelay: plan.delayMsMax,
  });
  let backoff: IBackoff<unknown> = delays.next();
  let delayMs = 0;

  const mayRetry = (thing: unknown): boolean => {
    const result = thing as Result;
    if (signal?.aborted || !plan.shouldRetry(result)) return false;
    delayMs = Math.max(backoff.duration, plan.delayMsMin?.(result) ?? 0);
    backoff = backoff.next(undefined);
    return clock.monotonicMs() + delayMs < untilMs;
  };

  let last: Result;
  const policy = retry(handleWhenResult(mayRetry), { maxAttempts: plan.retriesMax });
  return policy.execute(async (context) => {
    // The wait is ours and not the policy's, because ours ends when the caller stops waiting.
    if (context.attempt > 0) await clock.sleep(delayMs, signal);
    if (context.attempt > 0 && signal?.aborted) return last;
    last = await attempt();
    return last;
  });
}
