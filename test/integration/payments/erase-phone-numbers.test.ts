import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pino } from 'pino';
import { erasePhoneNumbers } from '../../../src/payments/erase-phone-numbers.ts';
import { createRetentionRepository } from '../../../src/payments/retention-repository.ts';
import { aPayment } from '../../support/a-payment.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';

describe('The last digits of a phone number', () => {
  let own: TestDatabase;
  before(async () => {
    own = await createTestDatabase();
  });
  after(() => own.drop());

  it('are erased when their days are over, and not before', async () => {
    const { hot } = own.database;
    const aged = async (days: number) => {
      const payment = await aPayment(own.database);
      await hot.query(
        `update payment set phone_number_last_four = '4567',
           created_at = clock_timestamp() - make_interval(days => $2) where id = $1`,
        [payment.id, days],
      );
      return payment.id;
    };
    const old = await aged(31);
    const young = await aged(29);

    await erasePhoneNumbers({
      repository: createRetentionRepository(hot),
      retentionDays: 30,
      log: pino({ level: 'silent' }),
    });

    const { rows } = await hot.query<{ id: string; digits: string | null }>(
      'select id, phone_number_last_four as digits from payment',
    );
    const digitsOf = new Map(rows.map(({ id, digits }) => [id, digits]));
    assert.equal(digitsOf.get(old), null);
    assert.equal(digitsOf.get(young), '4567');
  });
});
