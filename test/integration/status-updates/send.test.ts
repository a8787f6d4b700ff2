import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { type Rail } from '../../../src/payments/rail.ts';
import { aPayment, type APayment } from '../../support/a-payment.ts';
import { eventually } from '../../support/eventually.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import { anOperation, reportEventsOf, statesOf } from './an-operation.ts';
import { anOutbox } from './an-outbox.ts';
import { vippsLedger } from './vipps-ledger.ts';

const databases: TestDatabase[] = [];
after(() => Promise.all(databases.map((one) => one.drop())));

let database: TestDatabase['database'];
beforeEach(async () => {
  const own = await createTestDatabase();
  databases.push(own);
  database = own.database;
});

const allAccepted = (count: number) => eventually({ ACCEPTED: count }, () => statesOf(database));

async function payments(
  count: number,
  msn = '123456',
  rail: Rail = 'psp-v2',
): Promise<readonly APayment[]> {
  const made: APayment[] = [];
  for (let index = 0; index < count; index += 1) made.push(await aPayment(database, { msn, rail }));
  return made;
}

describe('the outbox to Vipps', () => {
  it('R60 R61 tells of each capture, cancel and refund once, with an integer amount', async () => {
    await using vipps = await vippsLedger();
    const [payment] = await payments(1);
    assert.ok(payment);
    await anOperation(database, payment, { status: 'CAPTURED', amountMinor: 3_000n });
    await anOperation(database, payment, { status: 'CANCELLED', amountMinor: 1_900n });
    await anOperation(database, payment, { status: 'REFUNDED', amountMinor: 1_000n });
    await anOperation(database, payment, { status: 'REFUNDED', amountMinor: 1_000n });

    await using outbox = anOutbox(database, { pspApi: vipps.api });
    outbox.wake();
    await allAccepted(4);

    assert.deepEqual(vipps.linesOf(payment.pspTransactionId), [
      'CAPTURED 3000',
      'CANCELLED 1900',
      'REFUNDED 1000',
      'REFUNDED 1000',
    ]);
    assert.equal(vipps.requests.length, 1);
    assert.deepEqual(vipps.requests[0]?.lines[0], {
      pspTransactionId: payment.pspTransactionId,
      status: 'CAPTURED',
      amount: 3000,
      currency: 'NOK',
      paymentText: 'A purchase',
      operationStatus: 'SUCCESS',
    });
  });

  it('R62 sends one request for each merchant, under its own serial number', async () => {
    await using vipps = await vippsLedger();
    const ofMerchant = new Map<string, string>();
    for (const msn of ['123456', '123520', '654321']) {
      for (const payment of await payments(3, msn)) {
        ofMerchant.set(payment.pspTransactionId, msn);
        await anOperation(database, payment);
      }
    }

    await using outbox = anOutbox(database, { pspApi: vipps.api });
    outbox.wake();
    await allAccepted(9);

    assert.equal(vipps.requests.length, 3);
    for (const { msn, lines } of vipps.requests)
      for (const line of lines) assert.equal(ofMerchant.get(line.pspTransactionId), msn);
  });

  it('R62 sends one request for each rail of a merchant, to the version of the payments', async () => {
    await using vipps = await vippsLedger();
    const old = await payments(2, '123456', 'psp-v2');
    const young = await payments(2, '123456', 'psp-v3');
    for (const payment of [old[0], young[0], old[1], young[1], old[0], young[0]]) {
      assert.ok(payment);
      await anOperation(database, payment);
    }

    await using outbox = anOutbox(database, { pspApi: vipps.api });
    outbox.wake();
    await allAccepted(6);

    const sent = new Map(vipps.requests.map(({ path, lines }) => [path, lines]));
    assert.deepEqual([...sent.keys()].sort(), [
      '/psp/v2/psppayments/updatestatus',
      '/psp/v3/psppayments/updatestatus',
    ]);
    assert.equal(vipps.requests.length, 2);
    for (const [version, made] of [['v2', old] as const, ['v3', young] as const]) {
      const lines = sent.get(`/psp/${version}/psppayments/updatestatus`) ?? [];
      const ids = made.map(({ pspTransactionId }) => pspTransactionId);
      assert.equal(lines.length, 3);
      assert.ok(lines.every(({ pspTransactionId }) => ids.includes(pspTransactionId)));
    }
  });

  it('R65 holds back no report of one version for what the other refuses', async () => {
    const refusing = { status: 404 } as const;
    await using vipps = await vippsLedger(({ path }) =>
      path.startsWith('/psp/v2/') ? refusing : 'OK',
    );
    const [old] = await payments(1, '123456', 'psp-v2');
    const [young] = await payments(1, '123456', 'psp-v3');
    assert.ok(old && young);
    await anOperation(database, old);
    await using outbox = anOutbox(database, { pspApi: vipps.api });
    outbox.wake();
    await eventually(true, () => Promise.resolve(vipps.requests.length > 0));

    for (const amountMinor of [1n, 2n]) await anOperation(database, young, { amountMinor });
    outbox.wake();
    await eventually({ BATCHED: 1, ACCEPTED: 2 }, () => statesOf(database));

    assert.deepEqual(vipps.linesOf(young.pspTransactionId), ['CAPTURED 1', 'CAPTURED 2']);
    assert.deepEqual(vipps.linesOf(old.pspTransactionId), []);
  });

  it('R65 halves the requests of the version that refuses a line, and not those of the other', async () => {
    await using vipps = await vippsLedger();
    const old = await payments(4, '123456', 'psp-v2');
    const young = await payments(4, '123456', 'psp-v3');
    vipps.refused.add(old[2]?.pspTransactionId ?? '');
    for (const payment of [...old, ...young]) await anOperation(database, payment);

    await using outbox = anOutbox(database, { pspApi: vipps.api });
    outbox.wake();
    await eventually({ ACCEPTED: 7, DEAD: 1 }, () => statesOf(database));

    const toYoung = vipps.requests.filter(({ path }) => path.startsWith('/psp/v3/'));
    assert.deepEqual(
      toYoung.map(({ lines }) => lines.length),
      [4],
    );
  });

  it('R63 keeps the order of a payment whatever the clock said', async () => {
    await using vipps = await vippsLedger();
    const [payment, other] = await payments(2);
    assert.ok(payment && other);
    for (const amountMinor of [1n, 2n, 3n]) await anOperation(database, payment, { amountMinor });
    await anOperation(database, other, { amountMinor: 9n });
    await database.hot.query(
      `update status_update set enqueued_at = clock_timestamp() - sequence * interval '1 hour'`,
    );
    await database.hot.query(
      `insert into status_update_queue (msn, lines_max) values ('123456', 1)`,
    );

    await using outbox = anOutbox(database, { pspApi: vipps.api });
    outbox.wake();
    await allAccepted(4);

    assert.deepEqual(vipps.linesOf(payment.pspTransactionId), [
      'CAPTURED 1',
      'CAPTURED 2',
      'CAPTURED 3',
    ]);
  });

  it('R64 records a 200 as accepted, with the batch, in the operation log', async () => {
    await using vipps = await vippsLedger();
    const [payment] = await payments(1);
    assert.ok(payment);
    const sequence = await anOperation(database, payment);

    await using outbox = anOutbox(database, { pspApi: vipps.api });
    outbox.wake();
    await allAccepted(1);

    assert.deepEqual(await reportEventsOf(database, payment), [
      {
        event: 'STATUS_UPDATE_ACCEPTED',
        detail: {
          batchId: vipps.requests[0]?.requestId,
          reports: sequence,
          status: 'CAPTURED',
          attempts: 1,
        },
      },
    ]);
  });

  it('R67 reports an operation that failed as one that failed', async () => {
    await using vipps = await vippsLedger();
    const [payment] = await payments(1);
    assert.ok(payment);
    await anOperation(database, payment, { operationStatus: 'FAILED' });

    await using outbox = anOutbox(database, { pspApi: vipps.api });
    outbox.wake();
    await allAccepted(1);

    assert.equal(vipps.requests[0]?.lines[0]?.operationStatus, 'FAILED');
  });

  it('R66 sends what an earlier process left behind, and what comes while it runs', async () => {
    await using vipps = await vippsLedger();
    const [payment] = await payments(1);
    assert.ok(payment);
    await anOperation(database, payment, { amountMinor: 1n });
    const first = anOutbox(database, { pspApi: vipps.api });
    await first[Symbol.asyncDispose]();
    await anOperation(database, payment, { amountMinor: 2n });

    await using second = anOutbox(database, { pspApi: vipps.api });
    await anOperation(database, payment, { amountMinor: 3n });
    second.wake();
    await allAccepted(3);

    assert.deepEqual(vipps.linesOf(payment.pspTransactionId), [
      'CAPTURED 1',
      'CAPTURED 2',
      'CAPTURED 3',
    ]);
  });

  it('splits what is more than a request may hold', async () => {
    await using vipps = await vippsLedger();
    const [payment] = await payments(1);
    assert.ok(payment);
    await database.hot.query(
      `insert into operation (payment_id, sequence, event)
       select $1, s, 'CAPTURED' from generate_series(2, 2501) s`,
      [payment.id],
    );
    await database.hot.query('update payment set version = 2501');
    await database.hot.query(
      `insert into status_update (payment_id, sequence, msn, psp_transaction_id, status, amount_minor, currency)
       select $1, s, '123456', $2, 'CAPTURED', s, 'NOK' from generate_series(2, 2501) s`,
      [payment.id, payment.pspTransactionId],
    );

    await using outbox = anOutbox(database, { pspApi: vipps.api });
    outbox.wake();
    await allAccepted(2_500);

    assert.deepEqual(
      vipps.requests.map(({ lines }) => lines.length),
      [1_000, 1_000, 500],
    );
    assert.deepEqual(
      vipps.linesOf(payment.pspTransactionId),
      Array.from({ length: 2_500 }, (_, index) => `CAPTURED ${index + 2}`),
    );
  });
});
