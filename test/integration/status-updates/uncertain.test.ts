import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { type Database } from '../../../src/database/database.ts';
import { createLegRepository } from '../../../src/make-payment/leg-repository.ts';
import { type Rail, railNames, rails } from '../../../src/payments/rail.ts';
import { aPayment, type APayment } from '../../support/a-payment.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestAdapter } from '../../support/test-adapter.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { reportEventsOf, statesOf } from './an-operation.ts';
import { vippsLedger } from './vipps-ledger.ts';

/** As a copy leaves it that died between its OK and the record of whether that arrived. */
async function anApprovalThatMayHaveBeenTold(
  database: Database,
  rail: Rail = 'psp-v2',
): Promise<APayment> {
  const payment = await aPayment(database, { state: 'ANSWERING', amountMinor: 4_900n, rail });
  await database.hot.query(
    `insert into authorisation_leg (payment_id, attempt, leg, psp_transaction_id, acquirer_reference,
       owner, opened_at, outcome, reply, reply_status, decided_at)
     values ($1, 1, 1, $2, $3, $4, clock_timestamp() - interval '1 minute', 'APPROVED', '{}', 'OK',
       clock_timestamp())`,
    [payment.id, payment.pspTransactionId, `A-${payment.pspTransactionId}`, randomUUID()],
  );
  return payment;
}

describe('an approval of which Vipps may have been told', () => {
  for (const rail of railNames) testReport(rail);

  function testReport(rail: Rail): void {
    it(`R60 is reversed, and one CANCELLED of the full amount is reported, on ${rail}`, async () => {
      const own = await createTestDatabase();
      const payment = await anApprovalThatMayHaveBeenTold(own.database, rail);
      await using vipps = await vippsLedger();
      {
        await using adapter = await startTestAdapter({
          on: { database: own.database, databaseUrl: own.url },
          pspApi: vipps.api,
        });

        await eventually(['CANCELLED 4900'], () => vipps.linesOf(payment.pspTransactionId));
        await eventually(1, async () => (await reportEventsOf(own.database, payment)).length);
        assert.ok(adapter.publicApp);
      }

      const { rows } = await own.database.hot.query<{ event: string; detail: object }>(
        `select event, detail from operation where payment_id = $1 order by sequence`,
        [payment.id],
      );
      assert.deepEqual(rows.find(({ event }) => event === 'NOT_TOLD')?.detail, {
        certain: false,
        reported: 'CANCELLED',
      });
      const reversals = await own.database.hot.query<{ reason: string }>(
        'select reason from reversal where payment_id = $1',
        [payment.id],
      );
      assert.deepEqual(reversals.rows, [{ reason: 'UNCERTAIN' }]);
      assert.deepEqual(
        vipps.requests.map(({ path }) => path),
        [`/psp/${rails[rail].pspVersion}/psppayments/updatestatus`],
      );
      await own.drop();
    });
  }

  it('R61 is reversed without a report where Vipps was certainly not told', async () => {
    const own = await createTestDatabase();
    const payment = await anApprovalThatMayHaveBeenTold(own.database);
    const leg = { paymentId: payment.id, attempt: 1, leg: 1 };

    const delivery = { ...leg, delivery: 'NOT_TOLD', certain: true } as const;
    assert.equal(await createLegRepository(own.database.hot).deliver(delivery), true);

    assert.deepEqual(await statesOf(own.database), {});
    await own.drop();
  });
});
