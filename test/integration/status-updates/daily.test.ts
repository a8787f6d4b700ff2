import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { systemClock } from '../../../src/shared/clock.ts';
import { createLaneRepository } from '../../../src/status-updates/lane-repository.ts';
import { aPayment } from '../../support/a-payment.ts';
import { eventually } from '../../support/eventually.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import { anOperation, statesOf } from './an-operation.ts';
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

describe('sending once a day', () => {
  const oslo = 'Europe/Oslo';
  for (const [time, zone, at, latest] of [
    ['22:30', 'UTC', '2026-11-20T22:30:00Z', '2026-11-20T22:30:00Z'],
    ['22:30', 'UTC', '2026-11-20T22:29:59Z', '2026-11-19T22:30:00Z'],
    ['00:00', oslo, '2026-11-20T23:10:00Z', '2026-11-20T23:00:00Z'],
    ['00:00', oslo, '2026-07-01T21:59:00Z', '2026-06-30T22:00:00Z'],
    // The clocks leave 02:30 out on this day.
    ['02:30', oslo, '2026-03-29T12:00:00Z', '2026-03-29T01:30:00Z'],
    // They have 02:30 twice on this one.
    ['02:30', oslo, '2026-10-25T12:00:00Z', '2026-10-25T01:30:00Z'],
  ] as const) {
    it(`at ${time} ${zone}, was last due by ${at} at ${latest}`, async () => {
      const found = await createLaneRepository(database.hot).latest({ time, zone }, new Date(at));

      assert.deepEqual(found, new Date(latest));
    });
  }

  it('sends what has come by then, a merchant’s in one request, and leaves the rest', async () => {
    await using vipps = await vippsLedger();
    const payment = await aPayment(database);
    const other = await aPayment(database, { msn: '654321' });
    for (const amountMinor of [1n, 2n, 3n]) await anOperation(database, payment, { amountMinor });
    await anOperation(database, other);
    await database.hot.query(
      `update status_update set enqueued_at = clock_timestamp() - interval '25 hours'`,
    );
    await anOperation(database, payment, { amountMinor: 4n });
    // A minute ago by this clock: what came since then waits.
    const minuteAgo = new Date(Date.now() - 60_000).toISOString().slice(11, 16);

    await using outbox = anOutbox(database, {
      pspApi: vipps.api,
      schedule: { kind: 'DAILY', at: { time: minuteAgo, zone: 'UTC' } },
    });
    outbox.wake();
    await eventually({ ACCEPTED: 4, WAITING: 1 }, () => statesOf(database));

    assert.equal(vipps.requests.length, 2);
    assert.deepEqual(vipps.linesOf(payment.pspTransactionId), [
      'CAPTURED 1',
      'CAPTURED 2',
      'CAPTURED 3',
    ]);
  });

  it('sends the rest a day later', async () => {
    await using vipps = await vippsLedger();
    const payment = await aPayment(database);
    await anOperation(database, payment);

    await using outbox = anOutbox(database, {
      pspApi: vipps.api,
      schedule: { kind: 'DAILY', at: { time: '12:00', zone: 'UTC' } },
      clock: { ...systemClock, now: () => new Date(Date.now() + 24 * 3_600_000) },
    });
    outbox.wake();
    await eventually({ ACCEPTED: 1 }, () => statesOf(database));

    assert.equal(vipps.requests.length, 1);
  });
});
