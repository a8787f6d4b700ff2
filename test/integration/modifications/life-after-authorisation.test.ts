import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { done, scriptedAcquirer } from '../../support/scripted-acquirer.ts';
import { eventsOf, merchantEventsOf } from '../../support/traces-of-a-payment.ts';
import { codeOf, get, type Harness, startMerchantApi } from '../merchant-api/a-merchant-api.ts';
import {
  aggregateOf,
  amountsOf,
  anAuthorisedPayment,
  type AuthorisedTraits,
  cancel,
  capture,
  modify,
  refund,
  updatesOf,
} from './a-modification.ts';

describe('An authorised payment', () => {
  const acquirer = scriptedAcquirer();
  let harness: Harness;
  before(async () => {
    harness = await startMerchantApi({ acquirer });
  });
  after(() => harness[Symbol.asyncDispose]());
  beforeEach(() => {
    acquirer.modifyWith(() => done);
    acquirer.modifications.length = 0;
  });

  const aPayment = (traits: AuthorisedTraits = {}) =>
    anAuthorisedPayment(harness.database, { msn: harness.merchant.msn, ...traits });

  it('R60 R61 is captured, refunded and cancelled in parts, and each part is reported once', async () => {
    const payment = await aPayment({ amountMinor: 100_000n });

    const answers = [
      await capture(harness, payment.reference, 20_000),
      await capture(harness, payment.reference, 5_000),
      await refund(harness, payment.reference, 1_000),
      await cancel(harness, payment.reference),
      await refund(harness, payment.reference, 24_000),
    ];

    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200, 200],
    );
    assert.deepEqual(answers.map(aggregateOf), [
      { authorised: 100_000, captured: 20_000, cancelled: 0, refunded: 0 },
      { authorised: 100_000, captured: 25_000, cancelled: 0, refunded: 0 },
      { authorised: 100_000, captured: 25_000, cancelled: 0, refunded: 1_000 },
      { authorised: 100_000, captured: 25_000, cancelled: 75_000, refunded: 1_000 },
      { authorised: 100_000, captured: 25_000, cancelled: 75_000, refunded: 25_000 },
    ]);
    assert.deepEqual(await updatesOf(harness.database, payment), [
      ['CAPTURED', 20_000n, 'SUCCESS', 'A purchase'],
      ['CAPTURED', 5_000n, 'SUCCESS', 'A purchase'],
      ['REFUNDED', 1_000n, 'SUCCESS', 'A purchase'],
      ['CANCELLED', 75_000n, 'SUCCESS', 'A purchase'],
      ['REFUNDED', 24_000n, 'SUCCESS', 'A purchase'],
    ]);
    assert.deepEqual(
      acquirer.modifications.map(({ message, amount, repeat }) => [message, amount.minor, repeat]),
      [
        ['capture', 20_000n, false],
        ['capture', 5_000n, false],
        ['refund', 1_000n, false],
        ['void', 75_000n, false],
        ['refund', 24_000n, false],
      ],
    );
    const references = acquirer.modifications.map(({ reference }) => reference);
    assert.equal(new Set(references).size, 5);
    assert.ok(
      acquirer.modifications.every(
        ({ originalReference, merchant }) =>
          originalReference === `${payment.pspTransactionId}-a1` &&
          merchant.msn === harness.merchant.msn,
      ),
    );
  });

  it('answers as the ePayment API does, with the amount of the payment and the reference of its creation', async () => {
    const payment = await aPayment();

    const response = await capture(harness, payment.reference, 1_000);
    const body = response.body as Readonly<Record<string, unknown>>;
    const { body: seen } = (await get(harness, payment.reference)) as {
      body: Record<string, unknown>;
    };

    assert.match(String(response.headers['content-type']), /^application\/json/);
    assert.deepEqual(Object.keys(body).sort(), [
      'aggregate',
      'amount',
      'pspReference',
      'reference',
      'state',
    ]);
    assert.deepEqual(body['amount'], { currency: 'NOK', value: 4_900 });
    assert.equal(body['state'], 'AUTHORIZED');
    for (const member of Object.keys(body)) assert.deepEqual(body[member], seen[member]);
  });

  it('has an event for each operation, with its amount and its key', async () => {
    const payment = await aPayment();
    const keys = [randomUUID(), randomUUID(), randomUUID()] as const;
    await capture(harness, payment.reference, 3_000, keys[0]);
    await refund(harness, payment.reference, 1_000, keys[1]);
    await cancel(harness, payment.reference, keys[2]);

    const { body } = (await get(harness, `${payment.reference}/events`)) as {
      body: readonly { name: string; amount: { value: number }; idempotencyKey?: string }[];
    };

    assert.deepEqual(
      body.map(({ name, amount, idempotencyKey }) => [name, amount.value, idempotencyKey]),
      [
        ['CREATED', 4_900, undefined],
        ['AUTHORIZED', 4_900, undefined],
        ['CAPTURED', 3_000, keys[0]],
        ['REFUNDED', 1_000, keys[1]],
        ['CANCELLED', 1_900, keys[2]],
      ],
    );
  });

  it('has in its log when each operation was begun and how it ended', async () => {
    const payment = await aPayment();
    await capture(harness, payment.reference, 3_000);
    acquirer.modifyWith(() => ({ kind: 'REFUSED', responseCode: '61' }));
    await refund(harness, payment.reference, 1_000);

    assert.deepEqual((await eventsOf(harness.database, payment)).slice(2), [
      'CAPTURE_BEGUN',
      'CAPTURED',
      'REFUND_BEGUN',
      'REFUND_REFUSED',
    ]);
  });

  it('is cancelled as a whole without a key, and then there is nothing left', async () => {
    const payment = await aPayment();

    const first = await cancel(harness, payment.reference);
    const second = await cancel(harness, payment.reference);

    assert.deepEqual([first.status, second.status, codeOf(second)], [200, 400, '6190']);
    assert.equal(aggregateOf(first).cancelled, 4_900);
    assert.equal(acquirer.modifications.length, 1);
  });

  it('is never asked about while a transaction of ours is open', async () => {
    const payment = await aPayment();
    const open: unknown[] = [];
    acquirer.modifyWith(async () => {
      const { rows } = await harness.database.hot.query<{ state: string }>(
        `select state from pg_stat_activity
         where datname = current_database() and state like 'idle in transaction%'`,
      );
      open.push(...rows);
      const lock = await harness.database.hot.query(
        'select id from payment where id = $1 for update nowait',
        [payment.id],
      );
      assert.equal(lock.rowCount, 1);
      return done;
    });

    const answers = [
      await capture(harness, payment.reference, 3_000),
      await refund(harness, payment.reference, 1_000),
      await cancel(harness, payment.reference),
    ];

    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
    assert.deepEqual(open, []);
  });

  const refusals = [
    ['capture', '51', '6260', 'CAPTURE_REFUSED'],
    ['capture', '61', '6200', 'CAPTURE_REFUSED'],
    ['refund', '61', '6210', 'REFUND_REFUSED'],
    ['cancel', '12', '6190', 'CANCEL_REFUSED'],
  ] as const;
  for (const [call, responseCode, code, event] of refusals) {
    it(`R67 gets 400/${code} for a ${call} that the acquirer refuses with ${responseCode}, and nothing is reported`, async () => {
      const payment = await aPayment();
      await capture(harness, payment.reference, 2_000);
      const before = await amountsOf(harness.database, payment);
      acquirer.modifyWith(() => ({ kind: 'REFUSED', responseCode }));
      const key = randomUUID();
      const ask = () =>
        call === 'cancel'
          ? cancel(harness, payment.reference, key)
          : modify(harness, call, payment.reference, {
              body: { modificationAmount: { currency: 'NOK', value: 1_000 } },
              headers: { 'Idempotency-Key': key },
            });

      const response = await ask();
      acquirer.modifyWith(() => done);
      const again = await ask();

      assert.deepEqual([response.status, codeOf(response)], [400, code]);
      assert.equal(again.text, response.text);
      assert.deepEqual(await amountsOf(harness.database, payment), before);
      assert.equal((await eventsOf(harness.database, payment)).at(-1), event);
      assert.deepEqual(await merchantEventsOf(harness.database, payment), [
        'CREATED',
        'AUTHORIZED',
        'CAPTURED',
      ]);
      assert.equal((await updatesOf(harness.database, payment)).length, 1);
    });
  }

  it('is free again for another try after a refusal, under another key', async () => {
    const payment = await aPayment();
    acquirer.modifyWith(() => ({ kind: 'REFUSED', responseCode: '61' }));
    await capture(harness, payment.reference, 4_900);
    acquirer.modifyWith(() => done);

    const response = await capture(harness, payment.reference, 4_900);

    assert.equal(response.status, 200);
    const [first, second] = acquirer.modifications;
    assert.notEqual(first?.reference, second?.reference);
  });
});
