import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newPspTransaction } from '../../../src/initiate-payment/psp-transaction.ts';
import { systemRandom } from '../../../src/shared/random.ts';

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Random bytes that spell the given ids first, and others afterwards. */
function spelling(...ids: readonly string[]): typeof systemRandom {
  const left = [...ids];
  return {
    ...systemRandom,
    bytes: (count) => {
      const id = left.shift();
      if (id === undefined) return systemRandom.bytes(count);
      return Buffer.from(Array.from(id, (character) => alphabet.indexOf(character)));
    },
  };
}

describe('the ids of a payment at Vipps', () => {
  it('are of 30 letters and digits', () => {
    const { pspTransactionId, merchantOrderId } = newPspTransaction(systemRandom);
    for (const id of [pspTransactionId, merchantOrderId]) assert.match(id, /^[a-z0-9]{30}$/);
    assert.notEqual(pspTransactionId, merchantOrderId);
  });

  it('never look as if a card number stood in them: answers would hide it', () => {
    const likeACard = 'abcdefg4925000000000004hijklmn';
    const good = 'abcdefghijklmnopqrstuvwxyz0123';
    const { pspTransactionId } = newPspTransaction(spelling(likeACard, good));
    assert.equal(pspTransactionId, good);
  });
});
