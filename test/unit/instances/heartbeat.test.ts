import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Heartbeat,
  heartbeatTiming,
  startHeartbeat,
} from '../../../src/instances/heartbeat.ts';
import { type Clock, sleepOn } from '../../../src/shared/clock.ts';
import { silentLog } from '../../../src/shared/log.ts';
import { systemRandom } from '../../../src/shared/random.ts';
import { createDice } from '../../simulation/dice.ts';
import { createScheduler, type Scheduler } from '../../simulation/scheduler.ts';

/** How long the database takes for a beat; or that it refuses it, or never answers. */
type Beat = number | 'refused' | 'hangs';

const usual: Beat = 5;

interface Beating {
  readonly heartbeat: Heartbeat;
  /** When each beat began, in milliseconds. */
  readonly beganAtMs: readonly number[];
  readonly nowMs: () => number;
  readonly until: (ms: number) => Promise<void>;
  /** What it resolves to, and when. */
  readonly outcomeOf: (asked: Promise<boolean>) => Promise<readonly [boolean, number]>;
}

/** A heartbeat in a time of its own, whose beats go as told, and as usual after that. */
async function beating(...beats: readonly Beat[]): Promise<Beating> {
  const scheduler = createScheduler(createDice(1));
  const clock = clockOf(scheduler);
  const beganAtMs: number[] = [];
  const beat = (): Promise<undefined> => {
    const how = beats[beganAtMs.push(scheduler.nowMs()) - 1] ?? usual;
    return new Promise((resolve, reject) => {
      if (how === 'refused') reject(new Error('The database is away'));
      if (typeof how === 'number')
        scheduler.after(how, () => {
          resolve(undefined);
        });
    });
  };
  const until = async (ms: number): Promise<void> => {
    // Whatever can happen at once happens before time goes on.
    for (const inMs of [0, ms - scheduler.nowMs()]) scheduler.after(inMs, () => undefined);
    while (await scheduler.step(ms));
  };
  const repository = {
    beat,
    leave: () => Promise.resolve(),
    forgetLongSilent: () => Promise.resolve(),
  };
  const starting = startHeartbeat({
    repository,
    clock,
    random: systemRandom,
    log: silentLog,
    timing: heartbeatTiming,
  });
  await until(10);
  return {
    heartbeat: await starting,
    beganAtMs,
    nowMs: () => scheduler.nowMs(),
    until,
    outcomeOf: async (asked) => {
      let outcome: readonly [boolean, number] | undefined;
      void asked.then((said) => (outcome = [said, scheduler.nowMs()]));
      await until(scheduler.nowMs());
      while (outcome === undefined) assert.ok(await scheduler.step(60_000), 'it is answered');
      return outcome;
    },
  };
}

function clockOf(scheduler: Scheduler): Clock {
  const after: Clock['after'] = (ms, call) => {
    const planned = scheduler.after(ms, call);
    return () => {
      planned.run = undefined;
    };
  };
  return {
    now: () => new Date(scheduler.nowMs()),
    monotonicMs: () => scheduler.nowMs(),
    sleep: sleepOn(after),
    after,
    abortAfter: () => assert.fail('A heartbeat asks for no such signal'),
  };
}

describe('a heartbeat', () => {
  it('goes out once a second, however long the one before it takes', async () => {
    const { beganAtMs, heartbeat, until } = await beating(usual, 1_500);

    await until(2_400);

    assert.deepEqual(beganAtMs, [0, 1_005, 2_005]);
    assert.equal(heartbeat.mayBegin(), true);
  });

  it('is not sent while two of them hang', async () => {
    const { beganAtMs, until } = await beating(usual, 'hangs', 'hangs');

    await until(10_000);

    assert.deepEqual(beganAtMs, [0, 1_005, 2_005]);
  });

  it('goes by the youngest beat where an older one is answered after it', async () => {
    const { heartbeat, until } = await beating(usual, 2_900, usual, usual, 'hangs');

    await until(4_900);

    assert.equal(heartbeat.mayBegin(), true);
  });

  it('lets take over once a second beat began after the first was answered', async () => {
    const { heartbeat, until } = await beating('refused');
    await until(1_990);
    assert.equal(heartbeat.mayTakeOver(), false);

    await until(2_010);

    assert.equal(heartbeat.mayTakeOver(), true);
  });

  it('lets not take over because two beats that hung are answered at once', async () => {
    const { heartbeat, until } = await beating('refused', 1_500, 500);
    await until(2_900);
    assert.equal(heartbeat.mayTakeOver(), false);

    await until(3_100);

    assert.equal(heartbeat.mayTakeOver(), true);
  });

  it('that is young lets a call begin at once', async () => {
    const { heartbeat, until, outcomeOf } = await beating();
    await until(900);

    assert.deepEqual(await outcomeOf(heartbeat.mayBeginWithin(2_000)), [true, 900]);
  });

  it('that is too old lets a call begin as soon as the next one went well', async () => {
    const { heartbeat, until, outcomeOf } = await beating(usual, 'refused', 'refused', 'refused');
    await until(3_500);
    assert.equal(heartbeat.mayBegin(), false);

    assert.deepEqual(await outcomeOf(heartbeat.mayBeginWithin(2_000)), [true, 4_010]);
  });

  it('that is too old keeps a call no longer than it may wait', async () => {
    const { heartbeat, until, outcomeOf } = await beating(usual, 'refused', 'refused', 'refused');
    await until(3_500);

    assert.deepEqual(await outcomeOf(heartbeat.mayBeginWithin(300)), [false, 3_800]);
  });

  it('has stayed alive when a late beat came before others could believe it dead', async () => {
    const { heartbeat, until, outcomeOf } = await beating(usual, 'refused', 600);
    const stayedAlive = heartbeat.watch();
    await until(2_300);
    assert.equal(heartbeat.mayBegin(), false);

    assert.deepEqual(await outcomeOf(stayedAlive()), [true, 2_605]);
  });

  it('may have been believed dead when three seconds went by without a beat', async () => {
    const { heartbeat, until, outcomeOf } = await beating(usual, 'refused', 1_500);
    const stayedAlive = heartbeat.watch();
    await until(2_300);

    assert.deepEqual(await outcomeOf(stayedAlive()), [false, 3_000]);
  });

  it('may have been believed dead while it was watched, also when it beats again', async () => {
    const { heartbeat, until, outcomeOf } = await beating(usual, 'refused', 1_500);
    const stayedAlive = heartbeat.watch();
    await until(3_600);
    assert.equal(heartbeat.mayBegin(), true);

    assert.deepEqual(await outcomeOf(stayedAlive()), [false, 3_600]);
    assert.deepEqual(await outcomeOf(heartbeat.watch()()), [true, 3_600]);
  });
});
