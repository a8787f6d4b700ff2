import { type Clock } from '../shared/clock.ts';

/** A wait that ends by itself or when it is cleared, whichever comes first. */
export interface TimeUp {
  /** Aborts when the time is up. */
  readonly signal: AbortSignal;
  readonly clear: () => void;
}

/** A timer of our own: one of AbortSignal's runs to its end, and keeps the answered call in memory until then. */
export function timeUpAfter(ms: number, clock: Clock): TimeUp {
  const timeUp = new AbortController();
  const clear = clock.after(Math.ceil(ms), () => {
    // With a reason of ours: without one, an error with a stack is made.
    timeUp.abort('the time is up');
  });
  return { signal: timeUp.signal, clear };
}
