import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Clock } from '../../../src/shared/clock.ts';
import { silentLog } from '../../../src/shared/log.ts';
import { startPeriodic } from '../../../src/shared/periodic.ts';
import { stoppedClock } from '../../support/stopped-clock.ts';

type Turn = 'works' | 'fails';

/** How long the job rested after each of its turns; it is stopped in the rest after the last. */
async function restsOf(everyMs: number, turns: readonly Turn[]): Promise<readonly number[]> {
  const rests: number[] = [];
  let lastRest: () => void = () => undefined;
  const rested = new Promise<void>((resolve) => (lastRest = resolve));
  const clock: Clock = {
    ...stoppedClock(),
    sleep: (ms, signal) => {
      rests.push(ms);
      if (rests.length < turns.length) return Promise.resolve();
      lastRest();
      return new Promise((resolve) => {
        signal?.addEventListener('abort', () => {
          resolve();
        });
      });
    },
  };
  const run = (): Promise<void> =>
    turns[rests.length] === 'fails' ? Promise.reject(new Error('away')) : Promise.resolve();
  const job = startPeriodic({ name: 'a-job', everyMs, run, clock, log: silentLog });
  await rested;
  await job[Symbol.asyncDispose]();
  return rests;
}

describe('a job that runs again and again', () => {
  it('rests for its time after a turn that worked', async () => {
    assert.deepEqual(await restsOf(3_600_000, ['works', 'works']), [3_600_000, 3_600_000]);
  });

  it('is tried again within half a minute after a turn that failed, however seldom it runs', async () => {
    const rests = await restsOf(3_600_000, ['fails', 'fails', 'works', 'fails']);

    assert.deepEqual(rests, [30_000, 30_000, 3_600_000, 30_000]);
  });

  it('is not tried more often than it runs', async () => {
    assert.deepEqual(await restsOf(1_000, ['fails', 'works']), [1_000, 1_000]);
  });
});
