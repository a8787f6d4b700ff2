import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, beforeEach, describe, it } from 'node:test';
import { createStuckUpdateRepository } from '../../../src/status-updates/stuck-update-repository.ts';
import { aPayment } from '../../support/a-payment.ts';
import { eventually } from '../../support/eventually.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import { anOperation, reportEventsOf, statesOf } from './an-operation.ts';
import { anOutbox } from './an-outbox.ts';
import { type Fate, vippsLedger } from './vipps-ledger.ts';

const databases: TestDatabase[] = [];
after(() => Promise.all(databases.map((one) => one.drop())));

let database: TestDatabase['database'];
beforeEach(async () => {
  const own = await createTestDatabase();
  databases.push(own);
  database = own.database;
});

const stuck = () => createStuckUpdateRepository(database.hot);

/** A capture that Vipps has refused for good, and a refund that waits behind it. */
async function aDeadLine(vipps: Awaited<ReturnType<typeof vippsLedger>>) {
  const payment = await aPayment(database);
  vipps.refused.add(payment.pspTransactionId);
  const sequence = await anOperation(database, payment, { amountMinor: 1n });
  await anOperation(database, payment, { status: 'REFUNDED', amountMinor: 1n });
  const outbox = anOutbox(database, { pspApi: vipps.api });
  outbox.wake();
  await eventually({ DEAD: 1, WAITING: 1 }, () => statesOf(database));
  return {
    payment,
    key: { paymentId: payment.id, sequence },
    [Symbol.asyncDispose]: () => outbox[Symbol.asyncDispose](),
  };
}

/** A request with two lines to which Vipps has answered so once. */
async function anOpenBatch(fate: Fate) {
  const vipps = await vippsLedger((_, arrival) => (arrival === 1 ? fate : 'OK'));
  const one = await aPayment(database);
  const two = await aPayment(database);
  const sequence = await anOperation(database, one);
  await anOperation(database, two);
  const delays = { resendDelayMs: () => 3_600_000, answerWithinMs: () => 300 };
  const outbox = anOutbox(database, {
    pspApi: vipps.api,
    timing: {
      pollEveryMs: 20,
      leaseMs: 800,
      renewEveryMs: 200,
      restMs: 20,
      finishWithinMs: 2_000,
      delays,
    },
  });
  outbox.wake();
  await eventually(1, async () => {
    const { rowCount } = await database.hot.query('select from status_update_attempt');
    return rowCount;
  });
  return {
    vipps,
    one,
    two,
    key: { paymentId: one.id, sequence },
    [Symbol.asyncDispose]: async () => {
      await outbox[Symbol.asyncDispose]();
      await vipps[Symbol.asyncDispose]();
    },
  };
}

describe('operators and the outbox', () => {
  it('a dead report is listed with Vipps’ words and what waits behind it', async () => {
    await using vipps = await vippsLedger();
    await using stage = await aDeadLine(vipps);
    const { payment, key } = stage;

    const [dead, ...others] = await stuck().listDead({ limit: 10 });

    assert.deepEqual(others, []);
    assert.ok(dead);
    assert.equal(dead.paymentId, key.paymentId);
    assert.equal(dead.pspTransactionId, payment.pspTransactionId);
    assert.deepEqual(dead.refusal, { code: '51', message: 'Invalid request' });
    assert.equal(dead.heldBack, 1);
    assert.deepEqual(await stuck().listDead({ limit: 10, after: dead }), []);
  });

  it('a dead report is sent again when somebody says so, and the held-back ones follow it', async () => {
    await using vipps = await vippsLedger();
    await using stage = await aDeadLine(vipps);
    const { payment, key } = stage;
    vipps.refused.clear();

    assert.deepEqual(await stuck().retry(key, 'Vipps has mended it'), { kind: 'DONE' });
    await eventually({ ACCEPTED: 2 }, () => statesOf(database));

    assert.deepEqual(vipps.linesOf(payment.pspTransactionId), ['CAPTURED 1', 'REFUNDED 1']);
    const retried = (await reportEventsOf(database, payment)).find(
      ({ event }) => event === 'STATUS_UPDATE_RETRIED',
    );
    assert.deepEqual(retried?.detail, {
      reason: 'Vipps has mended it',
      reports: key.sequence,
      status: 'CAPTURED',
    });
  });

  it('a dead report that is dismissed is not sent, and the held-back ones are', async () => {
    await using vipps = await vippsLedger();
    await using stage = await aDeadLine(vipps);
    const { payment, key } = stage;
    vipps.refused.clear();

    assert.deepEqual(await stuck().dismiss(key, 'Settled by hand'), { kind: 'DONE' });
    await eventually({ DISMISSED: 1, ACCEPTED: 1 }, () => statesOf(database));

    assert.deepEqual(vipps.linesOf(payment.pspTransactionId), ['REFUNDED 1']);
    const events = (await reportEventsOf(database, payment)).map(({ event }) => event);
    assert.ok(events.includes('STATUS_UPDATE_DISMISSED'));
    assert.deepEqual(await stuck().dismiss(key, 'Again'), {
      kind: 'NOT_STUCK',
      state: 'DISMISSED',
    });
  });

  it('a request that Vipps keeps refusing is listed, and goes at once when somebody says so', async () => {
    await using stage = await anOpenBatch({ status: 403 });
    const { vipps, key } = stage;

    const [open, ...others] = await stuck().listLongOpen({ openMs: 60_000, limit: 10 });
    assert.deepEqual(others, []);
    assert.ok(open);
    assert.equal(open.id, vipps.requests[0]?.requestId);
    assert.equal(open.lastAnswer, 'HTTP 403 x As ordered');
    assert.equal(open.firstLines.length, 2);
    assert.deepEqual(await stuck().retry(key, 'The contract is signed'), { kind: 'DONE' });
    await eventually({ ACCEPTED: 2 }, () => statesOf(database));
    assert.deepEqual(vipps.requests[1], vipps.requests[0]);
  });

  it('a line is taken out of a request that certainly took no effect; the others leave anew', async () => {
    await using stage = await anOpenBatch({ status: 403 });
    const { vipps, one, two, key } = stage;

    assert.deepEqual(await stuck().dismiss(key, 'Not ours'), { kind: 'DONE' });
    await eventually({ DISMISSED: 1, ACCEPTED: 1 }, () => statesOf(database));

    assert.deepEqual(vipps.linesOf(one.pspTransactionId), []);
    assert.deepEqual(vipps.linesOf(two.pspTransactionId), ['CAPTURED 100']);
    assert.notEqual(vipps.requests[1]?.requestId, vipps.requests[0]?.requestId);
  });

  it('no line is taken out of a request that may have reached Vipps', async () => {
    await using stage = await anOpenBatch('CUT_AFTER');
    const { key } = stage;

    assert.deepEqual(await stuck().dismiss(key, 'Too slow'), { kind: 'IN_DOUBT' });
    assert.deepEqual(await statesOf(database), { BATCHED: 2 });
  });

  it('a payment’s reports are shown with every try', async () => {
    await using stage = await anOpenBatch({ status: 500 });
    const { vipps, one, key } = stage;
    await stuck().retry(key, 'Now');
    await eventually({ ACCEPTED: 2 }, () => statesOf(database));

    const [report, ...others] = await stuck().reportsOf(one.id);

    assert.deepEqual(others, []);
    assert.equal(report?.state, 'ACCEPTED');
    assert.equal(report.batchId, vipps.requests[0]?.requestId);
    assert.deepEqual(
      report.tries.map(({ attempt, answer }) => [attempt, answer]),
      [
        [1, 'HTTP 500 x As ordered'],
        [2, 'ACCEPTED 9000 SUCCESS'],
      ],
    );
  });

  it('what nobody knows is not found', async () => {
    assert.deepEqual(await stuck().retry({ paymentId: randomUUID(), sequence: 2 }, 'Why not'), {
      kind: 'NOT_FOUND',
    });
  });
});
