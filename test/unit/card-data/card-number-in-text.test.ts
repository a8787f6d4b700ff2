import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  holdsCardNumber,
  isCardNumber,
  withoutCardNumbers,
} from '../../../src/card-data/card-number-in-text.ts';

describe('A card number in a text', () => {
  for (const text of [
    '4111111111111111',
    'paid with 4111111111111111.',
    'paid with 4111 1111 1111 1111, thanks',
    'card:5413-3300-0000-0019;',
    'https://shop.vippsadapter.no/back?pan=4925000000000000012',
    '4111.1111.1111.1111',
  ]) {
    it(`is seen in ${text}`, () => {
      assert.equal(holdsCardNumber(text), true);
    });
  }

  for (const [text, why] of [
    ['4111111111111112', 'the check digit is another'],
    ['1732579200000004', 'no scheme begins like that'],
    ['order-4111111111111111', 'it is part of a name'],
    ['a4111111111111111f', 'it is part of a random id'],
    ['0e8f4111-1111-4111-8111-111111111111', 'it is a UUID'],
    ['41111111111111111111', 'it is too long'],
    ['411111111111', 'it is too short'],
    ['411111******1111', 'it is masked'],
    ['Two pairs of woollen socks', 'there are no digits'],
  ] as const) {
    it(`is not seen in ${text}: ${why}`, () => {
      assert.equal(holdsCardNumber(text), false);
    });
  }

  it('is told from a name that has one in it', () => {
    assert.equal(isCardNumber('4111111111111111'), true);
    assert.equal(isCardNumber('4111-1111-1111-1111'), true);
    assert.equal(isCardNumber('4111111111111111x'), false);
    assert.equal(isCardNumber('4111111111111112'), false);
  });

  it('is masked wherever it is, within a name too', () => {
    assert.equal(
      withoutCardNumbers('/v1/payments/x4111111111111111/4111-1111-1111-1111?n=4111111111111112'),
      '/v1/payments/x411111******1111/411111******1111?n=4111111111111112',
    );
    assert.equal(withoutCardNumbers('nothing'), 'nothing');
  });
});
