import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inTransaction } from '../../../src/database/database.ts';
import { modificationStore } from '../../../src/modifications/modification-store.ts';
import {
  createRecordElsewhere,
  type OperationElsewhere,
  type RecordedElsewhere,
} from '../../../src/modifications/record-elsewhere.ts';
import { sha256 } from '../../../src/shared/secret.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import { eventsOf, merchantEventsOf } from '../../support/traces-of-a-payment.ts';
import { amountsOf, anAuthorisedPayment, type APayment, updatesOf } from './a-modification.ts';

describe('an operation that was done elsewhere', () => {
  const recordElsewhere = createRecordElsewhere(modificationStore);
  let testDatabase: TestDatabase;
  before(async () => {
    testDatabase = await createTestDatabase();
  });
  after(() => testDatabase.drop());

  async function record(
    { pspTransactionId }: Pick<APayment, 'pspTransactionId'>,
    operation: Partial<OperationElsewhere> & Pick<OperationElsewhere, 'operationId'>,
  ): Promise<RecordedElsewhere | undefined> {
    const recorded = await inTransaction(testDatabase.database, 'test', (trx) =>
      recordElsewhere(trx, [
        {
          pspTransactionId,
          kind: 'CAPTURE',
          amountMinor: 1_000n,
          currency: 'NOK',
          contentHash: sha256(JSON.stringify({ ...operation, amountMinor: undefined })),
          succeeded: true,
          paymentText: null,
          ...operation,
        },
      ]),
    );
    return recorded[0];
  }

  it('R60 moves its amount and enqueues one report', async () => {
    const { database } = testDatabase;
    const payment = await anAuthorisedPayment(database, { amountMinor: 4_900n });

    const results = [
      await record(payment, { operationId: 'till-1' }),
      await record(payment, { operationId: 'till-2', amountMinor: 3_000n, paymentText: 'Till 2' }),
      await record(payment, { operationId: 'till-3', kind: 'REFUND', amountMinor: 500n }),
      await record(payment, { operationId: 'till-4', kind: 'CANCEL', amountMinor: 900n }),
    ];

    assert.deepEqual(results, ['RECORDED', 'RECORDED', 'RECORDED', 'RECORDED']);
    assert.deepEqual(await amountsOf(database, payment), {
      captured: 4_000n,
      capturing: 0n,
      cancelled: 900n,
      cancelling: 0n,
      refunded: 500n,
      refunding: 0n,
    });
    assert.deepEqual(await updatesOf(database, payment), [
      ['CAPTURED', 1_000n, 'SUCCESS', 'A purchase'],
      ['CAPTURED', 3_000n, 'SUCCESS', 'Till 2'],
      ['REFUNDED', 500n, 'SUCCESS', 'A purchase'],
      ['CANCELLED', 900n, 'SUCCESS', 'A purchase'],
    ]);
    assert.deepEqual((await merchantEventsOf(database, payment)).slice(-4), [
      'CAPTURED',
      'CAPTURED',
      'REFUNDED',
      'CANCELLED',
    ]);
  });

  it('R67 is reported as failed where it failed, and moves nothing', async () => {
    const { database } = testDatabase;
    const payment = await anAuthorisedPayment(database);
    const before = await amountsOf(database, payment);

    const result = await record(payment, { operationId: 'till-1', succeeded: false });

    assert.equal(result, 'RECORDED');
    assert.deepEqual(await amountsOf(database, payment), before);
    assert.deepEqual(await updatesOf(database, payment), [
      ['CAPTURED', 1_000n, 'FAILED', 'A purchase'],
    ]);
    assert.equal((await eventsOf(database, payment)).at(-1), 'CAPTURE_FAILED');
    assert.equal((await merchantEventsOf(database, payment)).includes('CAPTURED'), false);
  });

  it('counts once under one name, and is refused with other content', async () => {
    const { database } = testDatabase;
    const payment = await anAuthorisedPayment(database);
    await record(payment, { operationId: 'till-1', contentHash: sha256('one') });

    const again = await record(payment, { operationId: 'till-1', contentHash: sha256('one') });
    const other = await record(payment, { operationId: 'till-1', contentHash: sha256('two') });

    assert.deepEqual([again, other], ['DUPLICATE', 'OPERATION_ID_REUSED']);
    assert.equal((await updatesOf(database, payment)).length, 1);
  });

  it('is refused where more is taken than is left, and nothing is written', async () => {
    const { database } = testDatabase;
    const payment = await anAuthorisedPayment(database, { amountMinor: 1_000n });
    await record(payment, { operationId: 'till-1', amountMinor: 600n });

    const results = [
      await record(payment, { operationId: 'till-2', amountMinor: 401n }),
      await record(payment, { operationId: 'till-2', kind: 'CANCEL', amountMinor: 401n }),
      await record(payment, { operationId: 'till-2', kind: 'REFUND', amountMinor: 601n }),
    ];

    assert.deepEqual(results, Array(3).fill('MORE_THAN_IS_LEFT'));
    assert.equal((await updatesOf(database, payment)).length, 1);
  });

  for (const state of ['CREATED', 'ANSWERING', 'REVERSING', 'FAILED', 'TERMINATED'] as const) {
    it(`is refused for a payment that is ${state}`, async () => {
      const { database } = testDatabase;
      const payment = await anAuthorisedPayment(database, { state });

      assert.equal(await record(payment, { operationId: 'till-1' }), 'NOT_AUTHORISED');
      assert.deepEqual(await updatesOf(database, payment), []);
    });
  }

  it('finds no payment under an unknown id, nor under one that was superseded', async () => {
    const { database } = testDatabase;
    const payment = await anAuthorisedPayment(database);
    await database.hot.query(
      `insert into psp_transaction (payment_id, psp_transaction_id, merchant_order_id, request_id,
         make_payment_token_hash, superseded_at)
       values ($1, $2, 'order', gen_random_uuid(), $3, now())`,
      [payment.id, `${payment.pspTransactionId}x`, sha256('token')],
    );

    const unknown = await record({ pspTransactionId: 'unknown' }, { operationId: 'till-1' });
    const superseded = await record(
      { pspTransactionId: `${payment.pspTransactionId}x` },
      { operationId: 'till-1' },
    );

    assert.deepEqual([unknown, superseded], ['UNKNOWN_PAYMENT', 'UNKNOWN_PAYMENT']);
  });
});
