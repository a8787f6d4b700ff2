import { type Clock } from '../../shared/clock.ts';

/** The clock that Vipps' own rules go by (token lifetime, the user's ten minutes). It can be moved. */
export interface SimulatorClock {
  nowMs(): number;
  /** Moves the clock forward. What became due happens at the next sweep. */
  advance(seconds: number): void;
}

export function createSimulatorClock(clock: Clock): SimulatorClock {
  let aheadMs = 0;
  return {
    nowMs: () => clock.now().getTime() + aheadMs,
    advance: (seconds) => {
      aheadMs += seconds * 1_000;
    },
  };
}

/** RFC 3339, UTC, as Vipps writes its times. */
export function timestamp(atMs: number): string {
  return new Date(atMs).toISOString();
}
