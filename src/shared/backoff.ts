/** Doubles from the first delay up to the last one; `failures` counts from 0. Without jitter, so that it can be read as a table. */
export function backoffMs(failures: number, limits: { firstMs: number; lastMs: number }): number {
  return Math.min(limits.lastMs, limits.firstMs * 2 ** Math.min(failures, 30));
}
