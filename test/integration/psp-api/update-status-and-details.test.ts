import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type StatusLine } from '../../../src/psp-api/psp-api.ts';
import { nok } from '../../../src/shared/money.ts';
import { cut, json, text } from '../../support/http-double.ts';
import { context, vippsDouble } from './vipps-double.ts';

const lines: readonly StatusLine[] = [
  { pspTransactionId: 'abc123', status: 'CAPTURED', amount: nok(7_043n), paymentText: 'Socks' },
  { pspTransactionId: 'abc123', status: 'REFUNDED', amount: nok(6_043n) },
];

describe('updatestatus at Vipps', () => {
  it('R60 R63 R85 sends the lines in order, with integers and without nulls', async () => {
    await using vipps = await vippsDouble({ call: json(200, {}) });
    await vipps.api.updateStatus(context, lines);

    const [call] = vipps.calls;
    assert.equal(call?.path, '/psp/v2/psppayments/updatestatus');
    assert.equal(call.headers['merchant-serial-number'], '123456');
    assert.equal(call.headers['request-id'], 'request-1');
    assert.deepEqual(JSON.parse(call.body), {
      transactions: [
        {
          pspTransactionId: 'abc123',
          status: 'CAPTURED',
          amount: 7043,
          currency: 'NOK',
          paymentText: 'Socks',
        },
        { pspTransactionId: 'abc123', status: 'REFUNDED', amount: 6043, currency: 'NOK' },
      ],
    });
  });

  const code = { responseCode: '9000', responseMessage: 'SUCCESS' };
  for (const [name, behaviour, expected] of [
    ['nested', json(200, { responseInfo: code }), code],
    ['flat', json(200, code), code],
    ['a number', json(200, { responseInfo: { responseCode: 9000 } }), { responseCode: '9000' }],
    ['missing', json(200, []), {}],
    ['not even JSON', text(200, 'OK'), {}],
  ] as const) {
    it(`R64 is accepted by status 200 where the response code is ${name}`, async () => {
      await using vipps = await vippsDouble({ call: behaviour });

      const outcome = await vipps.api.updateStatus(context, lines);

      assert.deepEqual(outcome, { kind: 'ACCEPTED', ...expected });
    });
  }

  it('R65 is sent once: silence and 5xx are for the outbox to repeat', async () => {
    for (const [behaviour, kind] of [
      [cut, 'NO_ANSWER'],
      [json(503, {}), 'FAILED'],
      [json(400, [{ errorCode: '51', errorMessage: 'Invalid request' }]), 'REFUSED'],
    ] as const) {
      await using vipps = await vippsDouble({ call: behaviour });
      const outcome = await vipps.api.updateStatus(context, lines);

      assert.equal(outcome.kind, kind);
      assert.equal(vipps.calls.length, 1);
    }
  });
});

describe('details at Vipps', () => {
  it('R70 R85 reads summary and history', async () => {
    await using vipps = await vippsDouble({
      call: json(200, {
        pspTransactionId: 'abc123',
        merchantOrderId: 'order1',
        transactionSummary: {
          capturedAmount: 4900,
          remainingAmountToCapture: 0,
          refundedAmount: 0,
          remainingAmountToRefund: 4900,
        },
        transactionLogHistory: [
          {
            amount: 4900,
            paymentText: 'Socks',
            timeStamp: '2018-06-13T18:34:25-07:00',
            operation: 'SOMETHING_NEW',
            operationSuccess: true,
          },
        ],
      }),
    });

    const outcome = await vipps.api.details(context, 'abc123');

    assert.equal(vipps.calls[0]?.method, 'GET');
    assert.equal(vipps.calls[0].path, '/psp/v2/psppayments/abc123/details');
    assert.deepEqual(outcome, {
      kind: 'FOUND',
      details: {
        pspTransactionId: 'abc123',
        merchantOrderId: 'order1',
        summary: {
          captured: 4900n,
          remainingToCapture: 0n,
          refunded: 0n,
          remainingToRefund: 4900n,
        },
        history: [
          {
            operation: 'SOMETHING_NEW',
            succeeded: true,
            amount: 4900n,
            paymentText: 'Socks',
            timeStamp: '2018-06-13T18:34:25-07:00',
          },
        ],
      },
    });
  });

  it('R70 reads an answer without summary, history, or members of the right type', async () => {
    for (const body of [
      {},
      { transactionSummary: null, transactionLogHistory: null },
      { pspTransactionId: 7, transactionSummary: { capturedAmount: '1' } },
    ]) {
      await using vipps = await vippsDouble({ call: json(200, body) });
      const outcome = await vipps.api.details(context, 'abc123');

      assert.deepEqual(outcome, { kind: 'FOUND', details: { summary: {}, history: [] } });
    }
  });

  it('R70 says not found to a 404', async () => {
    await using vipps = await vippsDouble({
      call: json(404, { responseInfo: { responseCode: 404, responseMessage: 'Not found' } }),
    });

    assert.deepEqual(await vipps.api.details(context, 'abc123'), { kind: 'NOT_FOUND' });
  });

  it('says no answer where there is no JSON object', async () => {
    await using vipps = await vippsDouble({ call: text(200, '<html>') });

    const outcome = await vipps.api.details(context, 'abc123');

    assert.equal(outcome.kind, 'NO_ANSWER');
  });
});
