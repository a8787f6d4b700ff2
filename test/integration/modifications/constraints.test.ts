import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { aPayment } from '../../support/a-payment.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import { anAuthorisedPayment } from './a-modification.ts';

describe('The database itself', () => {
  let testDatabase: TestDatabase;
  before(async () => {
    testDatabase = await createTestDatabase();
  });
  after(() => testDatabase.drop());

  const impossible: readonly (readonly [string, string, string])[] = [
    ['takes more than was authorised', 'captured_minor = 1001', 'payment_taken_at_most_authorised'],
    [
      'captures and cancels more than was authorised, what is under way included',
      'captured_minor = 400, capturing_minor = 200, cancelled_minor = 200, cancelling_minor = 201',
      'payment_taken_at_most_authorised',
    ],
    [
      'refunds more than was captured',
      'captured_minor = 500, refunded_minor = 501',
      'payment_refunded_at_most_captured',
    ],
    [
      'refunds more than was captured, what is under way included',
      'captured_minor = 500, capturing_minor = 500, refunded_minor = 400, refunding_minor = 101',
      'payment_refunded_at_most_captured',
    ],
    ['has a negative sum', 'captured_minor = -1', 'minor_units_not_negative'],
    [
      'authorises more than the amount',
      'authorised_minor = 1001',
      'payment_authorised_at_most_the_amount',
    ],
  ];
  for (const [what, change, constraint] of impossible) {
    it(`stores no payment that ${what}`, async () => {
      const { database } = testDatabase;
      const payment = await anAuthorisedPayment(database, { amountMinor: 1_000n });

      await assert.rejects(
        database.hot.query(`update payment set ${change} where id = $1`, [payment.id]),
        { constraint },
      );
    });
  }

  it('R7 stores a pspTransactionId once, whatever the merchant', async () => {
    const { database } = testDatabase;
    const first = await aPayment(database, { msn: '123456' });
    const second = await aPayment(database, { msn: '654321' });

    await assert.rejects(
      database.hot.query(
        `insert into psp_transaction (payment_id, psp_transaction_id, merchant_order_id, request_id,
           make_payment_token_hash) values ($1, $2, 'another', $3, '\\x00')`,
        [second.id, first.pspTransactionId, randomUUID()],
      ),
      { constraint: 'psp_transaction_id_is_unique' },
    );
  });

  const insert = (values: string) => `
    insert into modification (payment_id, operation_id, kind, amount_minor, carried_out_by, state,
      acquirer_reference, next_attempt_at) values ($1, ${values})`;
  const bad: readonly (readonly [string, string, string])[] = [
    ['of nothing', `'a', 'CAPTURE', 0, 'ADAPTER', 'DONE', 'r', null`, 'modification_amount'],
    ['of an unknown kind', `'a', 'GIFT', 1, 'ADAPTER', 'DONE', 'r', null`, 'modification_kind'],
    [
      'under way that nobody repeats',
      `'a', 'CAPTURE', 1, 'ADAPTER', 'UNDER_WAY', 'r', null`,
      'modification_under_way_is_retried',
    ],
    [
      'of ours without a reference',
      `'a', 'CAPTURE', 1, 'ADAPTER', 'DONE', null, null`,
      'modification_of_ours_has_a_reference',
    ],
    [
      'elsewhere that is under way',
      `'a', 'CAPTURE', 1, 'ELSEWHERE', 'UNDER_WAY', null, now()`,
      'modification_elsewhere_is_over',
    ],
  ];
  for (const [what, values, constraint] of bad) {
    it(`stores no modification ${what}`, async () => {
      const { database } = testDatabase;
      const payment = await anAuthorisedPayment(database);

      await assert.rejects(database.hot.query(insert(values), [payment.id]), { constraint });
    });
  }

  it('stores one modification under way at a time, and one of a name', async () => {
    const { database } = testDatabase;
    const payment = await anAuthorisedPayment(database);
    await database.hot.query(insert(`'a', 'CAPTURE', 1, 'ADAPTER', 'UNDER_WAY', 'r', now()`), [
      payment.id,
    ]);

    await assert.rejects(
      database.hot.query(insert(`'b', 'REFUND', 1, 'ADAPTER', 'UNDER_WAY', 's', now()`), [
        payment.id,
      ]),
      { constraint: 'modification_one_at_a_time' },
    );
    await assert.rejects(
      database.hot.query(insert(`'a', 'REFUND', 1, 'ADAPTER', 'DONE', 's', null`), [payment.id]),
      { constraint: 'modification_pkey' },
    );
  });
});
