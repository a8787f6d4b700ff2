import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { duplicateIdOf, explain } from '../../../src/psp-api/error-body.ts';

function explained(status: number, body: string) {
  return explain({ status, headers: {}, body: Buffer.from(body) });
}

describe('what Vipps says in an error', () => {
  for (const [name, status, body, expected] of [
    ['an array of ErrorDetails', 400, [{ errorCode: '21', errorMessage: 'Gone' }], ['21', 'Gone']],
    [
      'a code that is a field name',
      400,
      [{ errorCode: 'amount', errorMessage: 'amount.less.than.one' }],
      ['amount', 'amount.less.than.one'],
    ],
    ['an array of ErrorMessage', 400, [{ errorId: 5, errorText: 'No' }], ['5', 'No']],
    [
      'a single ErrorDetails',
      400,
      { errorCode: 51, errorMessage: 'Invalid request' },
      ['51', 'Invalid request'],
    ],
    [
      'the responseInfo envelope',
      404,
      { responseInfo: { responseCode: 404, responseMessage: 'Not found' } },
      ['404', 'Not found'],
    ],
    [
      'the envelope with its text in result',
      500,
      { responseInfo: { responseCode: '1000' }, result: { message: 'Oops' } },
      ['1000', 'Oops'],
    ],
    [
      "the gateway's own form",
      403,
      { statusCode: 403, message: 'Quota exceeded' },
      ['403', 'Quota exceeded'],
    ],
    ['an error object', 422, { error: { code: 'X', message: 'Y' } }, ['X', 'Y']],
    ['an empty array', 400, [], ['400', 'Vipps answered 400']],
    ['an array of null', 400, [null], ['400', 'Vipps answered 400']],
  ] as const) {
    it(`R12 reads ${name}`, () => {
      const { httpStatus, code, message } = explained(status, JSON.stringify(body));

      assert.deepEqual([httpStatus, code, message], [status, ...expected]);
    });
  }

  it('R12 reads an empty body, plain text and HTML', () => {
    assert.deepEqual(explained(403, ''), {
      httpStatus: 403,
      code: '403',
      message: 'Vipps answered 403',
    });
    assert.equal(explained(400, ' No such thing ').message, 'No such thing');
    assert.equal(explained(400, '<html>secret</html>').message, 'Vipps answered 400');
    assert.equal(explained(400, '[{"errorCode":').message, 'Vipps answered 400');
  });

  it('keeps the contextId that support asks for', () => {
    assert.equal(explained(400, '[{"errorCode":"1","contextId":"c"}]').contextId, 'c');
  });

  it('bounds the message', () => {
    const long = JSON.stringify([{ errorCode: '1', errorMessage: 'x'.repeat(10_000) }]);

    assert.equal(explained(400, long).message.length, 300);
  });
});

describe('a duplicate id', () => {
  for (const [code, message, expected] of [
    ['44', 'PSP Transaction ID already exists', 'TRANSACTION'],
    ['44', '', 'TRANSACTION'],
    ['99', 'PSP Transaction id already exists in Vipps', 'TRANSACTION'],
    ['99', 'OrderId already exists', 'ORDER'],
    ['99', 'Something else', undefined],
    ['21', 'OrderId already exists', undefined],
  ] as const) {
    it(`R13 is ${expected ?? 'none'} for ${code} ${message}`, () => {
      assert.equal(duplicateIdOf({ httpStatus: 400, code, message }), expected);
    });
  }
});
