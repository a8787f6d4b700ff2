import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createInstanceRepository } from '../../../src/instances/instance-repository.ts';
import { createReversalRepository } from '../../../src/reversals/reversal-repository.ts';
import { aPayment } from '../../support/a-payment.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';

let test: TestDatabase;

before(async () => {
  test = await createTestDatabase();
});
after(() => test.drop());

const terms = { leaseMs: 60_000, limit: 10, processingMsMax: 0, silentMsMax: 3_000 };

async function aDueReversal(): Promise<void> {
  const { id, pspTransactionId } = await aPayment(test.database);
  await test.database.hot.query(
    `insert into reversal (payment_id, attempt, leg, psp_transaction_id, original_reference, reason,
      authorisation_sent_at) values ($1, 1, 1, $2, $3, 'NO_ANSWER', clock_timestamp())`,
    [id, pspTransactionId, `${pspTransactionId}-1`],
  );
}

describe('reversals under the lease of a copy', () => {
  it('are left to it while it lives, and taken at once when it is dead', async () => {
    const reversals = createReversalRepository(test.database.hot);
    const instances = createInstanceRepository(test.database.hot);
    const [owner, other] = [randomUUID(), randomUUID()];
    await instances.beat(owner, terms.silentMsMax);
    await aDueReversal();
    const [first] = await reversals.claim({ owner, ...terms });

    const whileItLives = await reversals.claim({ owner: other, ...terms });
    await test.database.hot.query(
      `update instance set heartbeat_at = clock_timestamp() - interval '4 seconds' where id = $1`,
      [owner],
    );
    const whenItIsDead = await reversals.claim({ owner: other, ...terms });

    assert.deepEqual(whileItLives, []);
    assert.deepEqual(whenItIsDead, [{ ...first, fence: 2, attempts: 2 }]);
  });
});
