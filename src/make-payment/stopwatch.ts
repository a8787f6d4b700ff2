import { type Clock } from '../shared/clock.ts';
import { type Budget } from './budget.ts';

/** One call's time: how much of the budget is gone, on the clock that cannot jump. */
export interface Stopwatch {
  readonly budget: Budget;
  elapsedMs(): number;
  /** How long it is until the given moment of the budget; 0 when it has passed. */
  leftUntilMs(momentMs: number): number;
}

/** `arrivedAtMs` is the moment, on the same monotonic clock, at which the headers were complete. */
export function startStopwatch(budget: Budget, clock: Clock, arrivedAtMs: number): Stopwatch {
  const elapsedMs = (): number => clock.monotonicMs() - arrivedAtMs;
  return {
    budget,
    elapsedMs,
    leftUntilMs: (momentMs) => Math.max(0, momentMs - elapsedMs()),
  };
}
