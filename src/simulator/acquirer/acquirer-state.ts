import { setMaxListeners } from 'node:events';
import { type Clock } from '../../shared/clock.ts';
import { type Log } from '../../shared/log.ts';
import { createControl, type Control, type Settings } from './control.ts';
import { type Moment } from './decision.ts';
import { type Ledger } from './ledger.ts';

/** A call that has begun; undefined comes of it when the simulator is reset or stopped meanwhile. */
export type CallInProgress = {
  readonly fingerprint: string;
  readonly answer: Promise<string | undefined>;
};

/** All that a running simulator holds. */
export interface AcquirerState {
  readonly ledger: Ledger;
  readonly control: Control;
  readonly log: Log;
  readonly inProgress: Map<string, CallInProgress>;
  /** The simulated time and the number of the next booking. */
  moment(): Moment;
  /** Waits; false when the simulator was reset or stopped meanwhile. */
  pause(delayMs: number): Promise<boolean>;
  /** Stops every wait: what is undecided stays so. */
  abandonCalls(): void;
  /** Empty books, no call in progress, and the settings of the start. */
  reset(): void;
}

type Parts = {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Settings;
};

export function createAcquirerState({ ledger, clock, log, settings }: Parts): AcquirerState {
  const control = createControl(settings);
  const inProgress = new Map<string, CallInProgress>();
  let waits = newWaits();

  function abandonCalls(): void {
    inProgress.clear();
    waits.abort();
    waits = newWaits();
  }

  return {
    ledger,
    control,
    log,
    inProgress,
    moment: () => ({
      now: new Date(clock.now().getTime() + control.settings.clockOffsetMs),
      sequence: ledger.entries().length + 1,
    }),
    async pause(delayMs) {
      const { signal } = waits;
      await clock.sleep(delayMs, signal);
      return !signal.aborted;
    },
    abandonCalls,
    reset() {
      abandonCalls();
      ledger.clear();
      control.reset();
    },
  };
}

function newWaits(): AbortController {
  const controller = new AbortController();
  // One listener for each call that waits, and there may be any number of them.
  setMaxListeners(0, controller.signal);
  return controller;
}
