import { type Dice } from './dice.ts';
import { createTurns, type Turns } from './memory/statement.ts';
import { createTables, type Tables } from './memory/tables.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';

/** How much goes wrong. Each is a probability per message, statement or second. */
export interface Weather {
  readonly statementLost: number;
  readonly acknowledgementLost: number;
  readonly statementSlow: number;
  readonly acquirerTrouble: number;
  readonly vippsTrouble: number;
  readonly deliveryTrouble: number;
  readonly killEachSecond: number;
  readonly freezeEachSecond: number;
  readonly stopEachSecond: number;
  readonly outageEachSecond: number;
}

export const calm: Weather = {
  statementLost: 0,
  acknowledgementLost: 0,
  statementSlow: 0,
  acquirerTrouble: 0,
  vippsTrouble: 0,
  deliveryTrouble: 0,
  killEachSecond: 0,
  freezeEachSecond: 0,
  stopEachSecond: 0,
  outageEachSecond: 0,
};

/** What a run counts, and what it found wrong. */
export interface Found {
  payments: number;
  callbacks: number;
  kills: number;
  freezes: number;
  approvals: number;
  orphans: number;
  /** OK was delivered, and taken back: reversed and reported CANCELLED. */
  deliveredThenReversed: number;
  /** OK left in time and never reached Vipps: what nobody can promise. */
  lostOnTheWay: number;
  reports: number;
  readonly reversalDelaysMs: number[];
  readonly answersMs: number[];
  readonly violations: string[];
}

/** All that the parties of a run share. */
export interface World {
  readonly seed: number;
  readonly dice: Dice;
  readonly scheduler: Scheduler;
  readonly tables: Tables;
  readonly turns: Turns;
  readonly found: Found;
  weather: Weather;
  /** What it was while there were faults. */
  weatherOfRun: Weather;
  /** While it lasts no statement gets through; those that hang take effect at its end. */
  outage: { readonly kind: 'REFUSING' | 'HANGING'; readonly untilMs: number } | undefined;
  /** Writes down that something happened that must not. */
  violated(what: string): void;
  /** Hears of everything, for whoever repeats a run. */
  readonly tell: (what: string) => void;
}

export function createWorld(
  seed: number,
  { dice, tell }: { readonly dice: Dice; readonly tell: (what: string) => void },
): World {
  const scheduler = createScheduler(dice);
  const tables = createTables(() => scheduler.nowMs());
  const found: Found = {
    payments: 0,
    callbacks: 0,
    kills: 0,
    freezes: 0,
    approvals: 0,
    orphans: 0,
    deliveredThenReversed: 0,
    lostOnTheWay: 0,
    reports: 0,
    reversalDelaysMs: [],
    answersMs: [],
    violations: [],
  };
  return {
    seed,
    dice,
    scheduler,
    tables,
    turns: createTurns(tables),
    found,
    weather: calm,
    weatherOfRun: calm,
    outage: undefined,
    violated: (what) => {
      found.violations.push(`at ${Math.round(scheduler.nowMs())} ms: ${what}`);
      tell(`VIOLATION ${what}`);
    },
    tell,
  };
}
