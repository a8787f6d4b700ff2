import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newPaymentId } from '../../../src/payments/payment-id.ts';
import { systemRandom } from '../../../src/shared/random.ts';

const at = (iso: string) => ({ now: () => new Date(iso) });

describe('the id of a payment', () => {
  it('is a UUID of version 7 that begins with the time in milliseconds', () => {
    const id = newPaymentId(at('2022-02-22T19:22:22.000Z'), systemRandom);

    assert.match(id, /^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('sorts after those of earlier payments', () => {
    const earlier = newPaymentId(at('2026-11-21T12:00:00.000Z'), systemRandom);
    const later = newPaymentId(at('2026-11-21T12:00:00.001Z'), systemRandom);

    assert.ok(earlier < later);
  });

  it('is another one each time', () => {
    const clock = at('2026-11-21T12:00:00.000Z');
    const ids = new Set(Array.from({ length: 10_000 }, () => newPaymentId(clock, systemRandom)));

    assert.equal(ids.size, 10_000);
  });
});
