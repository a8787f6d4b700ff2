import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { repeatDelayMs } from '../../../src/shared/repeat-delay.ts';
import { answerWithinMs } from '../../../src/status-updates/patience.ts';

const second = 1_000;
const minute = 60 * second;

describe('sending a batch again', () => {
  for (const [attempt, delayMs] of [
    [1, 0.5 * second],
    [2, 1 * second],
    [3, 2 * second],
    [4, 5 * second],
    [5, 10 * second],
    [6, 30 * second],
    [7, 1 * minute],
    [8, 5 * minute],
    [9, 15 * minute],
    [10, 15 * minute],
    [1_000, 15 * minute],
  ] as const) {
    it(`R65 waits ${delayMs} ms after attempt ${attempt}`, () => {
      assert.equal(repeatDelayMs(attempt), delayMs);
    });
  }

  it('hears a slow Vipps out for longer each time', () => {
    assert.deepEqual([1, 2, 3, 4, 5].map(answerWithinMs), [5_000, 10_000, 20_000, 30_000, 30_000]);
  });
});
