export interface Patience {
  readonly ms: number;
  readonly signal?: AbortSignal;
}

/**
 * What the promise comes to, or `late` when the time is over or the signal aborts first. The
 * promise itself goes on: it belongs to others as well.
 */
export function waitAtMost<Result, Late>(
  promise: Promise<Result>,
  late: Late,
  { ms, signal }: Patience,
): Promise<Result | Late> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      stopWaiting();
      resolve(late);
    };
    const timer = setTimeout(leave, Math.max(0, ms));
    signal?.addEventListener('abort', leave, { once: true });
    function stopWaiting(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
    }
    if (signal?.aborted) leave();
    promise.then(resolve, reject).finally(stopWaiting);
  });
}
