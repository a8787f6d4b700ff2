import { z } from 'zod';
import {
  createMisbehaviours,
  type MisbehaviourOrder,
  misbehaviourRule,
  type Misbehaviours,
  type MisbehaviourRule,
} from './misbehaviour.ts';

const hundredYearsMs = 100 * 366 * 86_400_000;

const settings = z.strictObject({
  /** Whether reversals that find nothing are forgotten, so that a late approval still happens. */
  forgetfulReversals: z.boolean(),
  /** Added to the clock, for card expiries and for what the ledger says. */
  clockOffsetMs: z.int().min(-hundredYearsMs).max(hundredYearsMs),
  /** What the delays of the special amounts are multiplied with. */
  delayScale: z.number().min(0).max(10),
});

/** The members to change; the others stay. */
export const settingsChange = z.strictObject({
  forgetfulReversals: settings.shape.forgetfulReversals.exactOptional(),
  clockOffsetMs: settings.shape.clockOffsetMs.exactOptional(),
  delayScale: settings.shape.delayScale.exactOptional(),
});

export type Settings = z.infer<typeof settings>;

/** What makes the simulator behave otherwise than its amounts and cards say. */
export interface Control {
  readonly settings: Settings;
  readonly misbehaviours: Misbehaviours;
  /** Changes what is given; the rest stays. Throws on values out of range. */
  set(change: Partial<Settings>): void;
  /** Orders a misbehaviour. Throws on an order that contradicts itself. */
  misbehave(order: MisbehaviourOrder): MisbehaviourRule;
  /** Back to the settings of the start, without misbehaviours. */
  reset(): void;
}

export function createControl(initial: Settings): Control {
  const start = settings.parse(initial);
  let current = start;
  const misbehaviours = createMisbehaviours();
  return {
    get settings() {
      return current;
    },
    misbehaviours,
    set(change) {
      current = { ...current, ...settingsChange.parse(change) };
    },
    misbehave(order) {
      const rule = misbehaviourRule.parse(order);
      misbehaviours.add(rule);
      return rule;
    },
    reset() {
      current = start;
      misbehaviours.clear();
    },
  };
}
