import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { type Log, silentLog } from '../../../src/shared/log.ts';
import { createLaneRepository } from '../../../src/status-updates/lane-repository.ts';
import { aPayment, type APayment } from '../../support/a-payment.ts';
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

async function payments(count: number, msn = '123456'): Promise<readonly APayment[]> {
  const made: APayment[] = [];
  for (let index = 0; index < count; index += 1) made.push(await aPayment(database, { msn }));
  return made;
}

function listeningLog() {
  const events: string[] = [];
  const hear = (line: { readonly event: string }) => void events.push(line.event);
  const log = { ...silentLog, warn: hear, error: hear } as Log;
  return { log, events };
}

describe('when Vipps does not accept a batch', () => {
  const fates: readonly (readonly [string, Fate])[] = [
    ['500', { status: 500 }],
    ['503', { status: 503 }],
    ['403', { status: 403 }],
    ['404', { status: 404 }],
    ['429', { status: 429 }],
    ['400 because the merchant is blocked', { status: 400, code: '37' }],
    ['a cut connection before it was processed', 'CUT_BEFORE'],
    ['a cut connection after it was processed', 'CUT_AFTER'],
    ['an answer that comes too late', { lateMs: 400 }],
  ];
  for (const [name, fate] of fates) {
    it(`R65 sends the same bytes under the same Request-Id after ${name}`, async () => {
      await using vipps = await vippsLedger((_, arrival) => (arrival <= 2 ? fate : 'OK'));
      const [one, two] = await payments(2);
      assert.ok(one && two);
      await anOperation(database, one);
      await anOperation(database, two);
      await using outbox = anOutbox(database, { pspApi: vipps.api });
      outbox.wake();
      await eventually(1, () => vipps.requests.length);
      await anOperation(database, one, { status: 'REFUNDED' });
      await eventually({ ACCEPTED: 3 }, () => statesOf(database));

      const [first, second, third] = vipps.requests;
      assert.deepEqual([second, third], [first, first]);
      assert.deepEqual(vipps.violations, []);
      assert.deepEqual(vipps.linesOf(one.pspTransactionId), ['CAPTURED 100', 'REFUNDED 100']);
      assert.deepEqual(vipps.linesOf(two.pspTransactionId), ['CAPTURED 100']);
    });
  }

  it('R65 fetches a fresh token after a 401, and goes on under the same Request-Id', async () => {
    await using vipps = await vippsLedger((_, arrival) => (arrival === 1 ? { status: 401 } : 'OK'));
    const [payment] = await payments(1);
    assert.ok(payment);
    await anOperation(database, payment);

    await using outbox = anOutbox(database, { pspApi: vipps.api });
    outbox.wake();
    await eventually({ ACCEPTED: 1 }, () => statesOf(database));

    assert.equal(vipps.tokens(), 2);
    assert.equal(new Set(vipps.requests.map(({ requestId }) => requestId)).size, 1);
  });

  it('R65 waits as long as a 429 asks', async () => {
    await using vipps = await vippsLedger((_, arrival) =>
      arrival === 1 ? { status: 429, retryAfter: 1 } : 'OK',
    );
    const [payment] = await payments(1);
    assert.ok(payment);
    await anOperation(database, payment);
    const begunMs = performance.now();

    await using outbox = anOutbox(database, { pspApi: vipps.api });
    outbox.wake();
    await eventually({ ACCEPTED: 1 }, () => statesOf(database));

    assert.ok(performance.now() - begunMs >= 1_000);
    assert.equal(vipps.requests.length, 2);
  });

  it('R65 keeps every try with its answer', async () => {
    await using vipps = await vippsLedger((_, arrival) =>
      arrival === 1 ? { status: 500 } : arrival === 2 ? 'CUT_BEFORE' : 'OK',
    );
    const [payment] = await payments(1);
    assert.ok(payment);
    await anOperation(database, payment);

    await using outbox = anOutbox(database, { pspApi: vipps.api });
    outbox.wake();
    await eventually({ ACCEPTED: 1 }, () => statesOf(database));

    const { rows } = await database.hot.query<{ attempt: number; answer: string }>(
      'select attempt, answer from status_update_attempt order by attempt',
    );
    assert.equal(rows[0]?.answer, 'HTTP 500 x As ordered');
    assert.match(rows[1]?.answer ?? '', /^NO_ANSWER /);
    assert.equal(rows[2]?.answer, 'ACCEPTED 9000 SUCCESS');
  });

  it('a merchant whose batch fails holds up nobody else, though of the same lane', async () => {
    await using vipps = await vippsLedger(({ msn }) => (msn === '123456' ? { status: 403 } : 'OK'));
    const [stuck] = await payments(1, '123456');
    const [other] = await payments(1, '123520');
    assert.ok(stuck && other);
    await anOperation(database, stuck);
    await anOperation(database, other);

    await using outbox = anOutbox(database, { pspApi: vipps.api });
    outbox.wake();
    await eventually({ BATCHED: 1, ACCEPTED: 1 }, () => statesOf(database));

    assert.deepEqual(vipps.linesOf(other.pspTransactionId), ['CAPTURED 100']);
  });
});

describe('when Vipps refuses a batch because of some lines', () => {
  it('R65 finds the bad lines by halves, and every other line gets through once', async () => {
    await using vipps = await vippsLedger();
    const all = await payments(100);
    const bad = [0, 40, 41, 99].map((index) => all[index]?.pspTransactionId ?? '');
    for (const id of bad) vipps.refused.add(id);
    for (const payment of all) await anOperation(database, payment);
    const { log, events } = listeningLog();

    await using outbox = anOutbox(database, { pspApi: vipps.api, log });
    outbox.wake();
    await eventually({ ACCEPTED: 96, DEAD: 4 }, () => statesOf(database));

    for (const { pspTransactionId } of all)
      assert.equal(vipps.linesOf(pspTransactionId).length, bad.includes(pspTransactionId) ? 0 : 1);
    assert.deepEqual(vipps.violations, []);
    assert.equal(events.filter((event) => event === 'status-update.dead').length, 4);
    assert.ok(vipps.requests.length < 100, `${vipps.requests.length} requests`);
  });

  it('R63 a dead line holds back its own payment and nobody else, with Vipps’ words on record', async () => {
    await using vipps = await vippsLedger();
    const [bad, good] = await payments(2);
    assert.ok(bad && good);
    vipps.refused.add(bad.pspTransactionId);
    const sequence = await anOperation(database, bad, { amountMinor: 1n });
    await anOperation(database, good, { amountMinor: 1n });
    await using outbox = anOutbox(database, { pspApi: vipps.api });
    outbox.wake();
    await eventually({ ACCEPTED: 1, DEAD: 1 }, () => statesOf(database));

    await anOperation(database, bad, { status: 'REFUNDED', amountMinor: 1n });
    await anOperation(database, good, { status: 'REFUNDED', amountMinor: 1n });
    await eventually({ ACCEPTED: 2, DEAD: 1, WAITING: 1 }, () => statesOf(database));

    const events = await reportEventsOf(database, bad);
    assert.deepEqual(events.at(-1), {
      event: 'STATUS_UPDATE_DEAD',
      detail: {
        batchId: vipps.requests.findLast(({ lines }) =>
          lines.every((line) => line.pspTransactionId === bad.pspTransactionId),
        )?.requestId,
        reports: sequence,
        status: 'CAPTURED',
        attempts: 1,
        code: '51',
        message: 'Invalid request',
      },
    });
    assert.deepEqual(vipps.linesOf(good.pspTransactionId), ['CAPTURED 1', 'REFUNDED 1']);
  });

  it('lets batches grow again afterwards', async () => {
    await using vipps = await vippsLedger();
    const all = await payments(20);
    vipps.refused.add(all[0]?.pspTransactionId ?? '');
    for (const payment of all) await anOperation(database, payment);

    await using outbox = anOutbox(database, { pspApi: vipps.api });
    outbox.wake();
    await eventually({ ACCEPTED: 19, DEAD: 1 }, () => statesOf(database));

    const sizes = vipps.effects.map(({ lines }) => lines.length);
    assert.deepEqual(sizes, [1, 2, 4, 8, 4]);
  });
});

describe('when a sender goes silent in the middle of sending', () => {
  it('R66 is replaced within its lease, and what it writes late has no effect', async () => {
    let release = (): void => undefined;
    const heldUntil = new Promise<void>((resolve) => (release = resolve));
    await using vipps = await vippsLedger((_, arrival) => (arrival === 1 ? { heldUntil } : 'OK'));
    const [payment] = await payments(1);
    assert.ok(payment);
    await anOperation(database, payment);
    const { log, events } = listeningLog();
    const lanes = createLaneRepository(database.hot);
    await using silent = anOutbox(database, {
      pspApi: vipps.api,
      log,
      lanes: { ...lanes, renew: () => Promise.resolve() },
      timing: {
        pollEveryMs: 20,
        leaseMs: 300,
        renewEveryMs: 200,
        restMs: 20,
        finishWithinMs: 2_000,
        delays: { resendDelayMs: () => 100, answerWithinMs: () => 5_000 },
      },
    });
    silent.wake();
    await eventually(1, () => vipps.requests.length);

    await using quick = anOutbox(database, { pspApi: vipps.client() });
    quick.wake();
    await eventually({ ACCEPTED: 1 }, () => statesOf(database));
    await anOperation(database, payment, { status: 'REFUNDED' });
    await eventually({ ACCEPTED: 2 }, () => statesOf(database));
    release();
    await eventually(true, () => events.includes('status-update.fenced-off'));

    assert.deepEqual(vipps.requests[1], vipps.requests[0]);
    assert.deepEqual(vipps.linesOf(payment.pspTransactionId), ['CAPTURED 100', 'REFUNDED 100']);
    assert.deepEqual(await statesOf(database), { ACCEPTED: 2 });
    assert.equal((await reportEventsOf(database, payment)).length, 2);
  });
});
