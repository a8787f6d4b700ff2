import { type Life } from './adapter.ts';

/** A copy of the service that had a payment in hand, and when it is known to have died. */
export interface Owner {
  readonly diedAtMs: number;
}

/**
 * From when a reversal may be demanded, by the wall clock: from when it was ordered; or, where who had the
 * payment in hand died before it was sent, from when a copy served that then went on serving. Undefined
 * where none lived for as long as it is given.
 */
export function demandableFromMs(
  { orderedAtMs, owners }: { readonly orderedAtMs: number; readonly owners: readonly Owner[] },
  { reversedAtMs, withinMs }: { readonly reversedAtMs: number; readonly withinMs: number },
  lives: readonly Life[],
): number | undefined {
  const deaths = owners.map(({ diedAtMs }) => diedAtMs).filter((at) => at < reversedAtMs);
  if (deaths.length === 0) return orderedAtMs;
  const lastDeathMs = Math.max(...deaths);
  const served = lives.flatMap(({ readyAtMs, endedAtMs }) => {
    const fromMs = Math.max(readyAtMs, lastDeathMs);
    return endedAtMs >= Math.min(fromMs + withinMs, reversedAtMs) && fromMs <= reversedAtMs
      ? [fromMs]
      : [];
  });
  return served.length > 0 ? Math.min(...served) : undefined;
}
