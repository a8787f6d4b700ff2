import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DeclineReason, type Scheme } from '../../../src/acquirer/acquirer.ts';
import { declined, responseCodes } from '../../../src/acquirer/response-codes.ts';

const codes = responseCodes({ '58': declined('CREDIT_NOT_ALLOWED') });
const schemes: readonly Scheme[] = ['VISA', 'MASTERCARD', 'DANKORT', 'AMEX', 'MAESTRO', 'OTHER'];

describe('the table of response codes', () => {
  for (const [code, reason] of [
    ['15', 'NO_SUCH_ISSUER'],
    ['05', 'REFUSED_BY_ISSUER'],
    ['04', 'REFUSED_BY_ISSUER'],
    ['R1', 'REFUSED_BY_ISSUER'],
    ['59', 'SUSPECTED_FRAUD'],
    ['34', 'SUSPECTED_FRAUD'],
    ['61', 'EXCEEDS_LIMIT'],
    ['54', 'EXPIRED_CARD'],
    ['33', 'EXPIRED_CARD'],
    ['14', 'INVALID_CARD_NUMBER'],
    ['58', 'CREDIT_NOT_ALLOWED'],
    ['51', 'INSUFFICIENT_FUNDS'],
  ] as const satisfies readonly (readonly [string, DeclineReason])[]) {
    it(`R35 reads ${code} as ${reason} for every scheme`, () => {
      for (const scheme of schemes) {
        assert.deepEqual(codes.verdictOn(code, scheme), { kind: 'DECLINED', reason });
      }
    });
  }

  it('reads 1A as a soft decline at Visa alone', () => {
    assert.equal(codes.verdictOn('1A', 'VISA')?.kind, 'SOFT_DECLINED');
    assert.equal(codes.verdictOn('1A', 'MASTERCARD'), undefined);
  });

  it('reads 65 as a soft decline at Mastercard and Maestro, a limit at Visa, nothing elsewhere', () => {
    assert.equal(codes.verdictOn('65', 'MASTERCARD')?.kind, 'SOFT_DECLINED');
    assert.equal(codes.verdictOn('65', 'MAESTRO')?.kind, 'SOFT_DECLINED');
    assert.deepEqual(codes.verdictOn('65', 'VISA'), declined('EXCEEDS_LIMIT'));
    assert.equal(codes.verdictOn('65', 'OTHER'), undefined);
  });

  it('does not list a partial approval, 70, nonsense, or what every object has', () => {
    for (const code of ['10', '70', 'X9', '', '5', 'constructor', 'toString']) {
      assert.equal(codes.verdictOn(code, 'VISA'), undefined, code);
      assert.equal(codes.refusesModification(code), false, code);
    }
  });

  it('does not read an absent issuer as a no', () => {
    for (const code of ['68', '91', '96']) {
      assert.equal(codes.verdictOn(code, 'VISA')?.kind, 'NOBODY_ANSWERED');
      assert.equal(codes.refusesModification(code), false);
    }
  });

  it('lets an acquirer define a code before all others', () => {
    assert.equal(responseCodes().verdictOn('58', 'VISA'), undefined);
    const own = responseCodes({ '70': { kind: 'SOFT_DECLINED' } });
    assert.equal(own.verdictOn('70', 'MASTERCARD')?.kind, 'SOFT_DECLINED');
  });
});
