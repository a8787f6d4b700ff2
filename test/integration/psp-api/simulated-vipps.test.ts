import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPspApi } from '../../../src/psp-api/create-psp-api.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { nok } from '../../../src/shared/money.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { bodyShapes } from '../../../src/simulator/vipps/misbehaviour.ts';
import { defaultCredentials } from '../../../src/simulator/vipps/settings.ts';
import { startVippsSimulator } from '../../../src/simulator/vipps/start-vipps-simulator.ts';
import { context, initRequest } from './vipps-double.ts';

const request = {
  ...initRequest,
  pspRedirectUrl: 'https://shop.no/back',
  makePaymentUrl: 'https://psp.no/make-payment',
};

async function simulatedVipps() {
  const vipps = await startVippsSimulator();
  const api = createPspApi({
    baseUrl: vipps.url,
    credentials: {
      clientId: defaultCredentials.clientId,
      clientSecret: new Secret<string>(defaultCredentials.clientSecret),
      subscriptionKey: new Secret<string>(defaultCredentials.subscriptionKey),
      pspId: defaultCredentials.pspId,
    },
    clock: systemClock,
    retries: { firstDelayMs: 1, delayMsMax: 2 },
  });
  return {
    api,
    control: vipps.control,
    async [Symbol.asyncDispose]() {
      await api.close();
      await vipps.close();
    },
  };
}

describe('the PSP API client and the simulated Vipps', () => {
  it('R1 R2 R3 R15 initiates without a refusal by a strict Vipps', async () => {
    await using vipps = await simulatedVipps();

    const outcome = await vipps.api.init(context, {
      ...request,
      customerMobileNumber: '91234567',
      paymentText: 'Two socks',
    });

    assert.equal(outcome.kind, 'INITIATED');
    assert.ok(URL.canParse(outcome.vippsRedirectUrl));
    assert.equal(vipps.control.paymentCount(), 1);
  });

  it('R14 gets the redirect URL of a payment whose first answer was lost', async () => {
    await using vipps = await simulatedVipps();
    vipps.control.misbehave({ route: 'init', times: 1, loseAnswer: true });

    const outcome = await vipps.api.init(context, request);

    assert.equal(outcome.kind, 'INITIATED');
    assert.equal(vipps.control.paymentCount(), 1);
  });

  it('R13 tells a duplicate transaction from a duplicate order', async () => {
    await using vipps = await simulatedVipps();
    await vipps.api.init(context, request);
    const init = (requestId: string, changes: object) =>
      vipps.api.init({ ...context, requestId }, { ...request, ...changes });

    const transaction = await init('request-2', { merchantOrderId: 'order2' });
    const order = await init('request-3', { pspTransactionId: 'abc124' });

    assert.equal(transaction.kind === 'REFUSED' && transaction.duplicate, 'TRANSACTION');
    assert.equal(order.kind === 'REFUSED' && order.duplicate, 'ORDER');
  });

  it('R12 gets a code and a message out of every shape of refusal', async () => {
    await using vipps = await simulatedVipps();
    for (const shape of bodyShapes) {
      vipps.control.misbehave({ route: 'init', times: 1, status: 403, shape, errorCode: '21' });
      const outcome = await vipps.api.init(context, request);

      assert.equal(outcome.kind, 'REFUSED', shape);
      assert.ok(outcome.code.length > 0 && outcome.message.length > 0, shape);
    }
  });

  it('R15 goes on after Vipps has forgotten its access tokens', async () => {
    await using vipps = await simulatedVipps();
    await vipps.api.init(context, request);
    vipps.control.expireTokens();

    const outcome = await vipps.api.details(context, request.pspTransactionId);

    assert.equal(outcome.kind, 'FOUND');
  });

  it('R64 R70 R85 reports an operation and sees it after the nightly batch', async () => {
    await using vipps = await simulatedVipps();
    await vipps.api.init(context, request);

    const reported = await vipps.api.updateStatus({ ...context, requestId: 'update-1' }, [
      { pspTransactionId: request.pspTransactionId, status: 'CANCELLED', amount: nok(4_900n) },
    ]);
    const details = await vipps.api.details(context, request.pspTransactionId);

    assert.deepEqual(reported, {
      kind: 'ACCEPTED',
      responseCode: '9000',
      responseMessage: 'SUCCESS',
    });
    assert.equal(vipps.control.statusUpdateCounts().waiting, 1);
    assert.equal(details.kind, 'FOUND');
    assert.equal(details.details.merchantOrderId, request.merchantOrderId);
    assert.deepEqual(await vipps.api.details(context, 'unknown'), { kind: 'NOT_FOUND' });
  });
});
