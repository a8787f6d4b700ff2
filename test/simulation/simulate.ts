import { type AdapterSettings } from '../../src/composition/parts.ts';
import { testSettings } from '../support/test-settings.ts';
import { createBank } from './bank.ts';
import { startCopy } from './copy.ts';
import { createDice, type Dice } from './dice.ts';
import { judgeAtRest, watchStates } from './judge.ts';
import { isUnfinished } from './memory/legs.ts';
import { type Copy } from './running-copy.ts';
import { openShop } from './shop.ts';
import { createWallet } from './wallet.ts';
import { calm, createWorld, type Found, type Weather, type World } from './world.ts';

export interface Simulated extends Found {
  readonly steps: number;
  /** Everything that happened, as one number: the same for the same seed. */
  readonly trace: number;
}

const processingMsMax = 20_000;
const restWithinMs = 400_000;

/**
 * One life of a service with a handful of payments, from a seed alone: random customers, merchants
 * and tills, an acquirer and a Vipps with faults, copies that die, freeze and are replaced, a database
 * that goes away. Then the faults end, everything comes to rest, and the books are compared.
 */
export async function simulate(seed: number, tell?: (line: string) => void): Promise<Simulated> {
  const dice = createDice(seed);
  let trace = 0;
  const world: World = createWorld(seed, {
    dice,
    tell: (what) => {
      const line = `${String(Math.round(world.scheduler.nowMs())).padStart(7)} ${what}`;
      trace = hash(trace, line);
      tell?.(line);
    },
  });
  const { scheduler } = world;
  const copies: Copy[] = [];
  const ready = (): readonly Copy[] =>
    copies.filter(
      ({ isAlive, isStopping, deeds }) => isAlive && !isStopping && deeds !== undefined,
    );
  const route = (): Copy | undefined => (ready().length > 0 ? dice.pick(ready()) : undefined);
  const activeMs = dice.between(8_000, 30_000);
  world.weather = someWeather(dice);
  world.weatherOfRun = world.weather;

  const bank = createBank(world, { remembersReversals: dice.chance(0.5), processingMsMax });
  const wallet = createWallet(world, { burnsIds: dice.chance(0.5), route });
  const settings: AdapterSettings = {
    ...testSettings,
    deadlineScale: 1,
    acquirerProcessingMsMax: processingMsMax,
    paymentExpirySeconds: dice.pick([8, 20, 660]),
  };
  const start = (slot: number, life: number): void => {
    copies.push(startCopy(`copy ${slot}.${life}`, { world, bank, wallet, settings }));
  };
  const copiesWanted = dice.weighted([
    [5, 1],
    [4, 2],
    [1, 3],
  ]);
  for (let slot = 0; slot < copiesWanted; slot += 1) start(slot, 1);
  const payments = dice.integer(1, 5);
  world.found.payments = payments;
  const shop = openShop(world, { payments, untilMs: activeMs, route });
  letThingsHappen(world, { copies, start, untilMs: activeMs });
  const watcher = watchStates(world);
  const run = async (until: () => boolean, mostMs: number): Promise<boolean> => {
    for (let steps = 0; ; steps += 1) {
      if (steps % 16 === 0 && until()) return true;
      if (!(await scheduler.step(mostMs))) return until();
      watcher.look();
      if (world.found.violations.length > 0) return false;
    }
  };

  await run(() => false, activeMs);
  world.weather = calm;
  world.outage = undefined;
  if (ready().length === 0) start(9, 1);
  const isAtRest = (): boolean =>
    shop.requestsUnderWay() === 0 && wallet.callsUnderWay() === 0 && nothingIsLeft(world);
  // The last customers may still be about to act.
  await run(() => false, activeMs + 31_000);
  const rested = await run(isAtRest, activeMs + restWithinMs);
  if (world.found.violations.length === 0) {
    if (rested) judgeAtRest(world, { bank, wallet, shop });
    else world.violated(`it did not come to rest: ${leftOver(world)}`);
  }
  for (const copy of copies) copy.kill();
  return { ...world.found, steps: scheduler.steps(), trace };
}

function nothingIsLeft(world: World): boolean {
  return leftOver(world) === '';
}

function leftOver({ tables }: World): string {
  const isHeld = (payment: string): boolean =>
    tables.updates.has((line) => line.paymentId === payment && line.state === 'DEAD');
  const left = {
    legs: tables.legs.where(isUnfinished).length,
    reversals: tables.reversals.where(({ state }) => state === 'DUE').length,
    modifications: tables.modifications.where(({ state }) => state === 'UNDER_WAY').length,
    batches: tables.batches.where(({ state }) => state === 'OPEN').length,
    lines: tables.updates.where(({ state, paymentId }) => state === 'WAITING' && !isHeld(paymentId))
      .length,
  };
  return Object.entries(left)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

/** From a quiet day, by a fault of one kind, to everything at once. */
function someWeather(dice: Dice): Weather {
  const bad: Weather = {
    statementLost: dice.pick([0.005, 0.03]),
    acknowledgementLost: dice.pick([0.005, 0.03]),
    statementSlow: dice.pick([0.005, 0.02]),
    acquirerTrouble: dice.pick([0.15, 0.5]),
    vippsTrouble: dice.pick([0.1, 0.4]),
    deliveryTrouble: dice.pick([0.1, 0.5]),
    killEachSecond: dice.pick([0.03, 0.12]),
    freezeEachSecond: dice.pick([0.03, 0.12]),
    stopEachSecond: 0.02,
    outageEachSecond: dice.pick([0.02, 0.08]),
  };
  const share = dice.pick([0, 0.25, 0.6, 1]);
  const kept = Object.entries(bad).filter(() => dice.chance(share));
  return { ...calm, ...Object.fromEntries(kept) };
}

interface Stage {
  readonly copies: Copy[];
  readonly start: (slot: number, life: number) => void;
  readonly untilMs: number;
}

/** Deaths, pauses, deployments and outages, a die for each a few times a second. */
function letThingsHappen(world: World, { copies, start, untilMs }: Stage): void {
  const { scheduler, dice } = world;
  const everyMs = 250;
  const each = (perSecond: number): boolean => dice.chance((perSecond * everyMs) / 1_000);
  const replaceLater = (copy: Copy): void => {
    const [, slot = '0', life = '1'] = /copy (\d+)\.(\d+)/.exec(copy.name) ?? [];
    scheduler.after(dice.between(100, 4_000), () => {
      start(Number(slot), Number(life) + 1);
    });
  };
  const stop = (copy: Copy, deeds: NonNullable<Copy['deeds']>): void => {
    world.tell(`${copy.name} stops`);
    copy.isStopping = true;
    copy.deliver(() => {
      void deeds[Symbol.asyncDispose]().then(() => {
        copy.kill();
      });
    });
    replaceLater(copy);
  };
  const befall = (copy: Copy): void => {
    const { weather } = world;
    if (each(weather.freezeEachSecond)) {
      world.found.freezes += 1;
      copy.frozenUntilMs = scheduler.nowMs() + dice.between(300, 8_000);
      world.tell(`${copy.name} freezes until ${Math.round(copy.frozenUntilMs)}`);
    }
    if (each(weather.killEachSecond)) {
      world.found.kills += 1;
      copy.kill();
      replaceLater(copy);
    } else if (each(weather.stopEachSecond) && copy.deeds !== undefined) {
      stop(copy, copy.deeds);
    }
  };
  const happen = (): void => {
    if (scheduler.nowMs() > untilMs) return;
    copies.filter(({ isAlive, isStopping }) => isAlive && !isStopping).forEach(befall);
    if (each(world.weather.outageEachSecond) && (world.outage?.untilMs ?? 0) < scheduler.nowMs()) {
      const kind = dice.pick(['REFUSING', 'HANGING'] as const);
      world.outage = { kind, untilMs: scheduler.nowMs() + dice.between(200, 6_000) };
      world.tell(`the database is ${kind} until ${Math.round(world.outage.untilMs)}`);
    }
    scheduler.after(everyMs, happen);
  };
  scheduler.after(everyMs, happen);
}

function hash(before: number, text: string): number {
  let mixed = before;
  for (let place = 0; place < text.length; place += 1)
    mixed = (Math.imul(mixed, 31) + text.charCodeAt(place)) | 0;
  return mixed;
}
