import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { Secret } from '../../../src/shared/secret.ts';
import { createProofSeal } from '../../../src/step-up/proof-seal.ts';

const leg = { paymentId: '0197a0b4-0000-7000-8000-000000000001', attempt: 1, leg: 1 };
const value = new Secret('AAABBEg0VhI0VniQEjRWAAAAAAA=');

describe('the seal over the proof of a step-up', () => {
  const seal = createProofSeal(new Secret(randomBytes(32)));

  it('gives back what was sealed, and never the same bytes twice', () => {
    const sealed = seal.seal(value, leg);

    assert.equal(seal.open(sealed, leg).expose(), value.expose());
    assert.notDeepEqual(seal.seal(value, leg), sealed);
    assert.ok(!sealed.includes(value.expose()));
  });

  it('opens nothing that was changed, or that belongs to another leg or another key', () => {
    const sealed = seal.seal(value, leg);
    const otherKey = createProofSeal(new Secret(randomBytes(32)));

    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      assert.throws(() => seal.open(changed, leg), `byte ${at}`);
    }
    assert.throws(() => seal.open(sealed, { ...leg, leg: 2 }));
    assert.throws(() => otherKey.open(sealed, leg));
    assert.throws(() => seal.open(sealed.subarray(0, 5), leg));
  });
});
