import { type Clock, systemClock } from '../../src/shared/clock.ts';

/** A clock that moves when told to, and by itself when somebody sleeps on it. */
export interface StoppedClock extends Clock {
  advance(ms: number): void;
  /** How long was slept, in order. */
  readonly sleeps: number[];
}

export function stoppedClock(): StoppedClock {
  let elapsedMs = 0;
  const sleeps: number[] = [];
  return {
    now: () => new Date(1_700_000_000_000 + elapsedMs),
    monotonicMs: () => elapsedMs,
    sleep: (ms) => {
      sleeps.push(ms);
      elapsedMs += ms;
      return Promise.resolve();
    },
    after: (ms, call) => systemClock.after(ms, call),
    abortAfter: (ms) => systemClock.abortAfter(ms),
    advance(ms) {
      elapsedMs += ms;
    },
    sleeps,
  };
}
