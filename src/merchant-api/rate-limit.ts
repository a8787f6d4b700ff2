import { type Clock } from '../shared/clock.ts';
import { type MerchantExchange } from './as-merchant.ts';
import { sendProblem } from './exchange.ts';
import { plainProblem } from './problem.ts';

/** How often one payment may be asked about or changed; undefined for no limit. */
export interface RateLimits {
  readonly writesPerMinute: number | undefined;
  readonly readsPerMinute: number | undefined;
}

export interface RateLimiter {
  /** Takes a token; otherwise says in how many seconds there is one. */
  take(
    key: string,
  ): { readonly ok: true } | { readonly ok: false; readonly retryAfterSeconds: number };
}

const minuteMs = 60_000;
const bucketsMax = 100_000;

/**
 * A token bucket for each key, in the memory of this copy: it holds as many calls as a minute
 * allows and fills evenly. Buckets that are full again are forgotten.
 */
export function createRateLimiter(
  perMinute: number | undefined,
  clock: Pick<Clock, 'monotonicMs'>,
): RateLimiter {
  if (perMinute === undefined) return { take: () => ({ ok: true }) };
  const msPerToken = minuteMs / perMinute;
  /** For each key the moment from which its bucket is full. Insertion order is order of use. */
  const fullFromMs = new Map<string, number>();

  function forgetFull(nowMs: number): void {
    for (const [key, fromMs] of fullFromMs) {
      if (fromMs > nowMs && fullFromMs.size < bucketsMax) return;
      fullFromMs.delete(key);
    }
  }

  return {
    take: (key) => {
      const nowMs = clock.monotonicMs();
      const fromMs = Math.max(fullFromMs.get(key) ?? 0, nowMs);
      const emptyForMs = fromMs + msPerToken - nowMs - minuteMs;
      // Less than a millisecond is what rounding leaves: the clock counts in fractions.
      if (emptyForMs >= 1) {
        return { ok: false, retryAfterSeconds: Math.max(1, Math.ceil(emptyForMs / 1_000)) };
      }
      forgetFull(nowMs);
      fullFromMs.delete(key);
      fullFromMs.set(key, fromMs + msPerToken);
      return { ok: true };
    },
  };
}

/** Takes the caller's turn for the reference; where there is none left, answers 429. */
export function isTooOften(
  limiter: RateLimiter,
  exchange: MerchantExchange,
  reference: string,
): boolean {
  const taken = limiter.take(`${exchange.merchant.msn} ${reference}`);
  if (taken.ok) return false;
  sendProblem(exchange, plainProblem(429, 'Too many requests', taken.retryAfterSeconds));
  return true;
}
