import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { schemeOf, schemeOfBin } from '../../../src/card-data/card-scheme.ts';
import { parseCardData } from '../../../src/card-data/parse-card-data.ts';
import {
  bin,
  exposePan,
  lastFour,
  maskedPan,
  type PaymentCard,
} from '../../../src/card-data/payment-card.ts';
import { nineteenDigitPan, plainCard, sessionId, visaPan } from '../../support/encrypted-card.ts';

function aCard(text = plainCard): PaymentCard {
  const card = parseCardData(Buffer.from(text));
  assert.ok(card);
  return card;
}

describe('a payment card', () => {
  it('shows the first six and the last four digits', () => {
    const card = aCard();

    assert.equal(bin(card), '492500');
    assert.equal(lastFour(card), '0004');
    assert.equal(maskedPan(card), '492500******0004');
  });

  it('masks nine digits of nineteen', () => {
    assert.equal(maskedPan(aCard(`${nineteenDigitPan},2212,x`)), '630400*********0000');
  });

  it('R46 prints neither its number nor its session id', () => {
    const card = aCard();

    for (const printed of [JSON.stringify(card), inspect(card, { depth: 9 }), String(card.pan)]) {
      assert.ok(!printed.includes(visaPan.slice(6, 12)));
      assert.ok(!printed.includes(sessionId));
    }
  });

  it('holds nothing but zeros after it was wiped', () => {
    const card = aCard();
    const [pan, session] = [card.pan.expose(), card.sessionId?.expose()];

    card.wipe();

    assert.deepEqual(pan, Buffer.alloc(16));
    assert.deepEqual(session, Buffer.alloc(32));
  });

  it('has its bytes to itself, so that wiping leaves none behind', () => {
    assert.equal(aCard().pan.expose().buffer.byteLength, 16);
  });

  it('cannot be read after it was wiped', () => {
    const card = aCard();
    card.wipe();

    for (const read of [bin, lastFour, maskedPan, exposePan, schemeOf]) {
      assert.throws(() => read(card), { code: 'INVARIANT_BROKEN' });
    }
  });
});

describe('the scheme of a card', () => {
  for (const [sixDigits, scheme] of [
    ['400000', 'VISA'],
    ['457199', 'VISA'],
    ['499999', 'VISA'],
    ['510000', 'MASTERCARD'],
    ['559999', 'MASTERCARD'],
    ['222099', 'OTHER'],
    ['222100', 'MASTERCARD'],
    ['272099', 'MASTERCARD'],
    ['272100', 'OTHER'],
    ['501900', 'DANKORT'],
    ['501999', 'DANKORT'],
    ['501899', 'MAESTRO'],
    ['502000', 'MAESTRO'],
    ['560000', 'MAESTRO'],
    ['589999', 'MAESTRO'],
    ['590000', 'OTHER'],
    ['630400', 'MAESTRO'],
    ['639000', 'MAESTRO'],
    ['676199', 'MAESTRO'],
    ['340000', 'AMEX'],
    ['379999', 'AMEX'],
    ['350000', 'OTHER'],
    ['601100', 'OTHER'],
    ['621234', 'OTHER'],
    ['000000', 'OTHER'],
    ['999999', 'OTHER'],
  ] as const) {
    it(`${sixDigits}… is ${scheme}`, () => {
      assert.equal(schemeOfBin(sixDigits), scheme);
    });
  }

  it('is read off the card', () => {
    assert.equal(schemeOf(aCard()), 'VISA');
  });
});
