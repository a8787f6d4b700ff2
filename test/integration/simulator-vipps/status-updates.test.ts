import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import request, { type Test } from 'supertest';
import {
  createVippsSimulator,
  type VippsSimulator,
} from '../../../src/simulator/vipps/simulator.ts';
import { accessToken, anInit, postInit, pspHeaders } from './a-payment.ts';

type Details = {
  readonly transactionSummary: Readonly<Record<string, number>>;
  readonly transactionLogHistory: readonly Readonly<Record<string, unknown>>[];
};

const open: VippsSimulator[] = [];

async function withPayment() {
  const simulator = createVippsSimulator({ merchants: [{ msn: '123456' }, { msn: '65432' }] });
  open.push(simulator);
  const token = await accessToken(simulator);
  const body = anInit({ amount: 1000 });
  await postInit(simulator, token, body).expect(200);
  return { simulator, token, id: String(body['pspTransactionId']) };
}

type Headers = Readonly<Record<string, string | undefined>>;

function update(
  simulator: VippsSimulator,
  token: string,
  body: unknown,
  headers: Headers = {},
): Test {
  return request(simulator.app)
    .post('/psp/v2/psppayments/updateStatus')
    .set(pspHeaders(token, headers))
    .send(body as object);
}

async function detailsOf(simulator: VippsSimulator, token: string, id: string): Promise<Details> {
  const answer = await request(simulator.app)
    .get(`/psp/v2/psppayments/${id}/details`)
    .set(pspHeaders(token))
    .expect(200);
  return answer.body as Details;
}

describe('the simulated Vipps taking status updates', () => {
  afterEach(() => {
    for (const simulator of open.splice(0)) simulator.close();
  });

  it('says SUCCESS at once and shows them only after the nightly batch', async () => {
    const { simulator, token, id } = await withPayment();
    const transactions = [
      { pspTransactionId: id, status: 'CAPTURED', amount: 700, currency: 'NOK' },
      { pspTransactionId: id, status: 'REFUNDED', amount: 200 },
      { pspTransactionId: id, status: 'CANCELLED', amount: 300, operationStatus: 'SUCCESS' },
      { pspTransactionId: 'unknown', status: 'CAPTURED', amount: 1 },
      { pspTransactionId: id, status: 'CAPTURED', amount: 1 },
      { pspTransactionId: id, status: 'REFUNDED', amount: 5, operationStatus: 'FAILED' },
    ];
    const answer = await update(simulator, token, { transactions }).expect(200);
    assert.equal(
      answer.text,
      '{"responseInfo":{"responseCode":"9000","responseMessage":"SUCCESS"}}',
    );
    const before = await detailsOf(simulator, token, id);
    assert.equal(before.transactionSummary['capturedAmount'], 0);
    assert.equal(before.transactionLogHistory.length, 1);
    const result = simulator.control.runNightlyBatch();
    assert.deepEqual(result, { applied: 4, ignored: 1, refused: 1 });
    const after = await detailsOf(simulator, token, id);
    assert.deepEqual(after.transactionSummary, {
      capturedAmount: 700,
      remainingAmountToCapture: 0,
      refundedAmount: 200,
      remainingAmountToRefund: 500,
    });
    assert.deepEqual(
      after.transactionLogHistory.map(
        (entry) => `${String(entry['operation'])} ${String(entry['operationSuccess'])}`,
      ),
      [
        'INITIATE true',
        'CAPTURED true',
        'REFUNDED true',
        'CANCELLED true',
        'CAPTURED false',
        'REFUNDED false',
      ],
    );
    assert.deepEqual(simulator.control.runNightlyBatch(), { applied: 0, ignored: 0, refused: 0 });
  });

  it('records every request, and lets a repeated Request-Id have no second effect', async () => {
    const { simulator, token, id } = await withPayment();
    const body = { transactions: [{ pspTransactionId: id, status: 'CAPTURED', amount: 400 }] };
    const headers = { 'Request-Id': 'batch-1' };
    await update(simulator, token, body, headers).expect(200);
    await update(simulator, token, body, headers).expect(200);
    await update(
      simulator,
      token,
      { transactions: [{ ...body.transactions[0], amount: 1 }] },
      headers,
    ).expect(400);
    const requests = simulator.control.statusUpdates();
    assert.deepEqual(
      requests.map((each) => [each.merchantSerialNumber, each.requestId, each.repeated]),
      [
        ['123456', 'batch-1', false],
        ['123456', 'batch-1', true],
      ],
    );
    assert.equal(simulator.control.runNightlyBatch().applied, 1);
  });

  it('applies nothing that another merchant reports', async () => {
    const { simulator, token, id } = await withPayment();
    const body = { transactions: [{ pspTransactionId: id, status: 'CAPTURED', amount: 400 }] };
    const other = { 'Merchant-Serial-Number': '65432' };
    await update(simulator, token, body, other).expect(200);
    assert.equal(simulator.control.runNightlyBatch().ignored, 1);
    await request(simulator.app)
      .get(`/psp/v2/psppayments/${id}/details`)
      .set(pspHeaders(token, other))
      .expect(404);
  });

  it('refuses a whole request for one bad line', async () => {
    const { simulator, token, id } = await withPayment();
    const good = { pspTransactionId: id, status: 'CAPTURED', amount: 1 };
    const bad: readonly unknown[] = [
      { ...good, amount: '1' },
      { ...good, amount: 1.5 },
      { ...good, amount: 0 },
      { ...good, amount: undefined },
      { ...good, status: 'VOIDED' },
      { ...good, pspTransactionId: undefined },
      { ...good, currency: 'SEK' },
      { ...good, operationStatus: 'OK' },
      'a line',
    ];
    for (const line of bad) {
      const answer = await update(simulator, token, { transactions: [good, line] });
      assert.equal(answer.status, 400, JSON.stringify(line));
      assert.ok(Array.isArray(answer.body));
    }
    await update(simulator, token, { transactions: [] }).expect(400);
    await update(simulator, token, {}).expect(400);
    assert.equal(simulator.control.statusUpdateCounts().received, 0);
  });

  it('answers 404 about a payment that it does not know', async () => {
    const { simulator, token } = await withPayment();
    await request(simulator.app)
      .get('/psp/v2/psppayments/unknown/details')
      .set(pspHeaders(token))
      .expect(404);
  });
});
