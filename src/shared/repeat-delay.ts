/** From half a second to a quarter of an hour: what waits this long is looked at by people too. */
const delaysMs = [500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000] as const;

/** How long a message without an answer waits to be sent again, after the given number of attempts (1 and up). */
export function repeatDelayMs(attempts: number): number {
  return delaysMs[Math.min(attempts, delaysMs.length) - 1] ?? 500;
}
