import { type Clock } from '../shared/clock.ts';

/** How this copy's heart has been beating, and what it may do because of that. */
export interface Pulse {
  /** Whether this copy may begin something that only an owner may do: its last beat is young enough. */
  mayBegin(): boolean;
  /** The same, but where the last beat is too old the next one is waited for, at most so long. */
  mayBeginWithin(ms: number): Promise<boolean>;
  /**
   * Begins to watch. What it returns says whether no other copy can have believed this one dead since
   * then; it waits for the next beat as long as that may still be said.
   */
  watch(): () => Promise<boolean>;
  /**
   * Whether this copy may take over the work of others: its last two beats succeeded, and the second
   * began so much after the first was answered that the others had time for one of their own.
   */
  mayTakeOver(): boolean;
}

interface FeltPulse extends Pulse {
  /** A beat that began at that time went well. Says whether this copy may take over only now. */
  beatAt(begunMs: number): { readonly mayTakeOverNow: boolean };
  missed(): void;
}

export interface PulseTiming {
  readonly everyMs: number;
  /** A copy whose last beat is older does not begin an authorisation. */
  readonly youngMsMax: number;
  /** A copy that was silent for longer has its work taken over. */
  readonly silentMsMax: number;
}

export function createPulse(clock: Clock, timing: PulseTiming): FeltPulse {
  const nextBeat = createWait(clock);
  let lastBeatMs = -Infinity;
  /** How often others could believe this copy dead, as far as the beats after that have told. */
  let silences = 0;
  /** When the first of the beats that went well in a row was answered, and whether a second one did. */
  let row: { readonly sinceMs: number; readonly isProven: boolean } | undefined;

  const mayBegin = (): boolean => clock.monotonicMs() - lastBeatMs <= timing.youngMsMax;

  const mayBeginWithin = async (ms: number): Promise<boolean> => {
    const untilMs = clock.monotonicMs() + ms;
    while (!mayBegin()) {
      const leftMs = untilMs - clock.monotonicMs();
      if (leftMs <= 0) return false;
      await nextBeat.within(leftMs);
    }
    return true;
  };

  return {
    mayBegin,
    mayBeginWithin,
    watch: () => {
      const before = silences;
      return async () => {
        const untilSilenceMs = lastBeatMs + timing.silentMsMax - clock.monotonicMs();
        return (await mayBeginWithin(untilSilenceMs)) && silences === before;
      };
    },
    mayTakeOver: () => row?.isProven === true && mayBegin(),
    beatAt: (begunMs) => {
      // A beat is seen by the others before it is answered: until then they went by the one before.
      if (clock.monotonicMs() - lastBeatMs > timing.silentMsMax) silences += 1;
      lastBeatMs = Math.max(lastBeatMs, begunMs);
      nextBeat.hasCome();
      row ??= { sinceMs: clock.monotonicMs(), isProven: false };
      if (row.isProven || begunMs - row.sinceMs < timing.everyMs / 2)
        return { mayTakeOverNow: false };
      row = { ...row, isProven: true };
      return { mayTakeOverNow: true };
    },
    missed: () => {
      row = undefined;
    },
  };
}

/** A wait for something that comes again and again. */
function createWait(clock: Clock) {
  const waiting = new Set<() => void>();
  return {
    hasCome: (): void => {
      for (const told of waiting) told();
    },
    within: (ms: number): Promise<void> =>
      new Promise((resolve) => {
        const told = (): void => {
          stopTimer();
          waiting.delete(told);
          resolve();
        };
        const stopTimer = clock.after(ms, told);
        waiting.add(told);
      }),
  };
}
