import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPspApi } from '../../../src/psp-api/create-psp-api.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { nok } from '../../../src/shared/money.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { defaultCredentials } from '../../../src/simulator/vipps/settings.ts';
import { startVippsSimulator } from '../../../src/simulator/vipps/start-vipps-simulator.ts';
import { aPayment } from '../../support/a-payment.ts';
import { eventually } from '../../support/eventually.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { anOperation, statesOf } from './an-operation.ts';
import { anOutbox } from './an-outbox.ts';

describe('the outbox and the simulated Vipps', () => {
  it('R60 R63 R64 R85 what was captured and refunded is visible after the nightly batch', async () => {
    const own = await createTestDatabase();
    const { database } = own;
    await using vipps = await startVippsSimulator();
    const api = createPspApi({
      baseUrl: vipps.url,
      credentials: {
        clientId: defaultCredentials.clientId,
        clientSecret: new Secret<string>(defaultCredentials.clientSecret),
        subscriptionKey: new Secret<string>(defaultCredentials.subscriptionKey),
        pspId: defaultCredentials.pspId,
      },
      clock: systemClock,
    });
    const payment = await aPayment(database);
    const { msn, pspTransactionId } = payment;
    const context = { version: 'v2', msn, requestId: 'init-1', budgetMs: 5_000 } as const;
    const initiated = await api.init(context, {
      pspTransactionId,
      merchantOrderId: 'order1',
      amount: nok(4_900n),
      pspRedirectUrl: 'https://shop.no/back',
      makePaymentUrl: 'https://psp.no/make-payment',
      makePaymentToken: new Secret(payment.token),
    });
    assert.equal(initiated.kind, 'INITIATED');
    await anOperation(database, payment, { status: 'CAPTURED', amountMinor: 4_900n });
    await anOperation(database, payment, { status: 'REFUNDED', amountMinor: 1_000n });
    {
      await using outbox = anOutbox(database, { pspApi: api });
      outbox.wake();
      await eventually({ ACCEPTED: 2 }, () => statesOf(database));
    }

    const before = await api.details(context, pspTransactionId);
    vipps.control.runNightlyBatch();
    const afterwards = await api.details(context, pspTransactionId);

    assert.equal(before.kind === 'FOUND' && before.details.summary.captured, 0n);
    assert.ok(afterwards.kind === 'FOUND');
    assert.equal(afterwards.details.summary.captured, 4_900n);
    assert.equal(afterwards.details.summary.refunded, 1_000n);
    await api.close();
    await own.drop();
  });
});
