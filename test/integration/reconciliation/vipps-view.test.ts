import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Rail, railNames } from '../../../src/payments/rail.ts';
import { type PspApi } from '../../../src/psp-api/psp-api.ts';
import { createReportedRepository } from '../../../src/reconciliation/reported-repository.ts';
import { createVippsView } from '../../../src/reconciliation/vipps-view.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { anAuthorisedPayment } from '../modifications/a-modification.ts';

const captured = 4_900n;

/** Reports a capture of the whole payment that Vipps accepted so many hours ago, and what Vipps shows of it now. */
async function shown(
  hoursAgo: number,
  details: PspApi['details'],
  rail: Rail = 'psp-v2',
): Promise<readonly string[]> {
  const own = await createTestDatabase();
  const payment = await anAuthorisedPayment(own.database, { rail });
  await own.database.hot.query(
    `insert into status_update (payment_id, sequence, msn, rail, psp_transaction_id, status, amount_minor,
       currency, state, batch_id, position, settled_at)
     select id, 3, msn, rail, psp_transaction_id, 'CAPTURED', $2, 'NOK', 'ACCEPTED', gen_random_uuid(), 0,
       clock_timestamp() - make_interval(hours => $3) from payment where id = $1`,
    [payment.id, captured, hoursAgo],
  );
  const view = createVippsView(createReportedRepository(own.database.hot), { details });
  const differences = await view.differences([{ id: payment.id } as never]);
  await own.drop();
  return differences.map(({ kind }) => kind);
}

const showing = (amount: bigint): PspApi['details'] => {
  return () =>
    Promise.resolve({
      kind: 'FOUND',
      details: { summary: { captured: amount, refunded: 0n }, history: [] },
    });
};

describe('what Vipps shows of a payment', () => {
  it('R71 is not asked for before its nightly batch must have run', async () => {
    assert.deepEqual(await shown(24, showing(0n)), []);
  });

  it('R71 is told to a person when it differs long after, and decides nothing', async () => {
    assert.deepEqual(await shown(72, showing(0n)), ['VIPPS_DIFFERS']);
  });

  it('is asked of the version that the payment was begun on', async () => {
    const asked: string[] = [];
    const details: PspApi['details'] = (call, id) => {
      asked.push(call.version);
      return showing(captured)(call, id);
    };
    for (const rail of railNames) await shown(72, details, rail);

    assert.deepEqual(asked, ['v2', 'v3']);
  });

  it('is no difference when it agrees, or when Vipps does not answer', async () => {
    assert.deepEqual(await shown(72, showing(captured)), []);
    assert.deepEqual(await shown(72, () => Promise.resolve({ kind: 'NOT_FOUND' })), []);
  });
});
