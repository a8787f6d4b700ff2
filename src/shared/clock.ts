/** Time as an argument: tests and simulations put a clock of their own in its place. */
export interface Clock {
  /** Wall-clock time; may jump. For what people read and for what crosses a wire. */
  now(): Date;
  /** Milliseconds that only grow. For budgets and waits. */
  monotonicMs(): number;
  /** Resolves after the given time, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls once after the given time, unless what it returns is called first. The lightest of the waits. */
  after(ms: number, call: () => void): () => void;
  /** A signal that aborts after the given time, for calls that must not last longer. */
  abortAfter(ms: number): AbortSignal;
}

const after: Clock['after'] = (ms, call) => {
  const timer = setTimeout(call, ms);
  return () => {
    clearTimeout(timer);
  };
};

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: sleepOn(after),
  after,
  abortAfter: (ms) => AbortSignal.timeout(Math.ceil(ms)),
};

/** Sleep, for a clock that can call after a time. */
export function sleepOn(timer: Clock['after']): Clock['sleep'] {
  return (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const cancel = timer(ms, done);
      function done(): void {
        cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      }
      signal?.addEventListener('abort', done, { once: true });
    });
}
