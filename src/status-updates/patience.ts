/**
 * Longer each time: the first silence is most likely a lost connection, the third is a Vipps that
 * needs its time for a large batch, and would never be heard out otherwise.
 */
const patienceMs = [5_000, 10_000, 20_000, 30_000] as const;

/** How long Vipps is waited for at the given attempt (1 and up). */
export function answerWithinMs(attempt: number): number {
  return patienceMs[Math.min(attempt, patienceMs.length) - 1] ?? patienceMs[0];
}
