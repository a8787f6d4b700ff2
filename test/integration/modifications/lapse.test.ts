import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { lapseAuthorisations } from '../../../src/modifications/lapse-authorisations.ts';
import { modificationStore } from '../../../src/modifications/modification-store.ts';
import { done, scriptedAcquirer } from '../../support/scripted-acquirer.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import { eventsOf, merchantEventsOf } from '../../support/traces-of-a-payment.ts';
import {
  amountsOf,
  anAuthorisedPayment,
  type AuthorisedTraits,
  completeNow,
  updatesOf,
} from './a-modification.ts';

describe('An authorisation that its issuer will not hold any longer', () => {
  const acquirer = scriptedAcquirer();
  let testDatabase: TestDatabase;
  let alarms: string[] = [];
  before(async () => {
    testDatabase = await createTestDatabase();
  });
  after(() => testDatabase.drop());
  beforeEach(() => {
    alarms = [];
    acquirer.modifications.length = 0;
    acquirer.modifyWith(() => done);
  });

  const log = pino(
    { level: 'warn' },
    {
      write: (line: string) => {
        alarms.push((JSON.parse(line) as { event: string }).event);
      },
    },
  );

  const aPayment = (traits: AuthorisedTraits) => anAuthorisedPayment(testDatabase.database, traits);

  async function lapse(): Promise<void> {
    const { database } = testDatabase;
    await lapseAuthorisations({
      database,
      store: modificationStore,
      instanceId: randomUUID(),
      authorisationDays: { VISA: 7, MASTERCARD: 30, OTHER: 7 },
      log,
    });
    await completeNow(database, acquirer);
  }

  it('R60 is voided, what was captured stays, and Vipps is told of what was cancelled', async () => {
    const { database } = testDatabase;
    const payment = await aPayment({ scheme: 'VISA', authorisedDaysAgo: 7 });
    await database.hot.query('update payment set captured_minor = 1000 where id = $1', [
      payment.id,
    ]);

    await lapse();
    await lapse();

    const amounts = await amountsOf(database, payment);
    assert.deepEqual([amounts?.captured, amounts?.cancelled], [1_000n, 3_900n]);
    assert.deepEqual(await updatesOf(database, payment), [
      ['CANCELLED', 3_900n, 'SUCCESS', 'A purchase'],
    ]);
    assert.equal((await merchantEventsOf(database, payment)).at(-1), 'CANCELLED');
    assert.deepEqual(
      acquirer.modifications.map(({ message, amount, repeat }) => [message, amount.minor, repeat]),
      [['void', 3_900n, false]],
    );
    assert.ok(alarms.includes('authorisation.lapsed'));
  });

  it('raises an alarm a day before, once, and is still there to be captured', async () => {
    const { database } = testDatabase;
    const payment = await aPayment({ scheme: 'VISA', authorisedDaysAgo: 6 });

    await lapse();
    await lapse();

    assert.deepEqual(alarms, ['authorisation.lapses-soon']);
    assert.deepEqual((await eventsOf(database, payment)).slice(2), ['LAPSES_SOON']);
    assert.equal((await amountsOf(database, payment))?.cancelled, 0n);
  });

  it('is one of Mastercard after thirty days, and of a scheme without a rule after seven', async () => {
    const { database } = testDatabase;
    const young = await aPayment({ scheme: 'MASTERCARD', authorisedDaysAgo: 28 });
    const old = await aPayment({ scheme: 'MASTERCARD', authorisedDaysAgo: 30 });
    const other = await aPayment({ scheme: 'DANKORT', authorisedDaysAgo: 7 });

    await lapse();

    const cancelled = await Promise.all(
      [young, old, other].map(async (payment) => (await amountsOf(database, payment))?.cancelled),
    );
    assert.deepEqual(cancelled, [0n, 4_900n, 4_900n]);
  });

  it('is left to people when the acquirer refuses the void', async () => {
    const { database } = testDatabase;
    const payment = await aPayment({ scheme: 'VISA', authorisedDaysAgo: 400 });
    acquirer.modifyWith(() => ({ kind: 'REFUSED', responseCode: '12' }));

    await lapse();
    await lapse();

    assert.equal(acquirer.modifications.length, 1);
    assert.deepEqual(await updatesOf(database, payment), []);
    assert.equal((await eventsOf(database, payment)).at(-1), 'CANCEL_REFUSED');
  });

  it('is left alone while something is under way on it', async () => {
    const { database } = testDatabase;
    const payment = await aPayment({ scheme: 'VISA', authorisedDaysAgo: 8 });
    await database.hot.query('update payment set capturing_minor = 1000 where id = $1', [
      payment.id,
    ]);

    await lapse();

    assert.deepEqual(acquirer.modifications, []);
    assert.equal((await amountsOf(database, payment))?.cancelling, 0n);
  });
});
