import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRateLimiter } from '../../../src/merchant-api/rate-limit.ts';
import { stoppedClock } from '../../support/stopped-clock.ts';

describe('a rate limit', () => {
  it('lets as many calls through at once as a minute allows, then one at a time', () => {
    const clock = stoppedClock();
    const limiter = createRateLimiter(5, clock);

    for (let call = 0; call < 5; call += 1) assert.equal(limiter.take('a').ok, true);
    assert.deepEqual(limiter.take('a'), { ok: false, retryAfterSeconds: 12 });
    clock.advance(11_500);
    assert.deepEqual(limiter.take('a'), { ok: false, retryAfterSeconds: 1 });
    clock.advance(500);
    assert.equal(limiter.take('a').ok, true);
    assert.equal(limiter.take('a').ok, false);
  });

  it('counts each key by itself, and starts anew after a pause', () => {
    const clock = stoppedClock();
    const limiter = createRateLimiter(1, clock);

    assert.equal(limiter.take('a').ok, true);
    assert.equal(limiter.take('b').ok, true);
    assert.equal(limiter.take('a').ok, false);
    clock.advance(60_000);
    assert.equal(limiter.take('a').ok, true);
  });

  it('is none where it is not set', () => {
    const limiter = createRateLimiter(undefined, stoppedClock());

    for (let call = 0; call < 1_000; call += 1) assert.equal(limiter.take('a').ok, true);
  });
});
