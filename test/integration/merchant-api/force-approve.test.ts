import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import request from 'supertest';
import { mayForceApprove } from '../../../src/initiate-payment/force-approve.ts';
import { createPspApi } from '../../../src/psp-api/create-psp-api.ts';
import { type PspApi } from '../../../src/psp-api/psp-api.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { defaultCredentials } from '../../../src/simulator/vipps/settings.ts';
import {
  type RunningVippsSimulator,
  startVippsSimulator,
} from '../../../src/simulator/vipps/start-vipps-simulator.ts';
import { httpDouble, json } from '../../support/http-double.ts';
import { anOrder, codeOf, create, type Harness, startMerchantApi } from './a-merchant-api.ts';

const customer = { phoneNumber: '4791234567' };

describe('POST /epayment/v1/test/payments/{reference}/approve', () => {
  let psp: Awaited<ReturnType<typeof httpDouble>>;
  let vipps: RunningVippsSimulator;
  let pspApi: PspApi;
  let harness: Harness;
  before(async () => {
    psp = await httpDouble(json(200, { paymentInfo: { status: 'OK' } }));
    vipps = await startVippsSimulator({
      merchants: [{ msn: '100001', skipLandingPage: true }],
      allowLoopbackCallbacks: true,
    });
    pspApi = createPspApi({
      baseUrl: vipps.url,
      credentials: {
        clientId: defaultCredentials.clientId,
        clientSecret: new Secret<string>(defaultCredentials.clientSecret),
        subscriptionKey: new Secret<string>(defaultCredentials.subscriptionKey),
        pspId: defaultCredentials.pspId,
      },
      clock: systemClock,
    });
    harness = await startMerchantApi({ pspApi, calledAt: psp.url });
    await harness.database.hot.query(`update merchant set rail = 'psp-v3'`);
  });
  after(async () => {
    await harness[Symbol.asyncDispose]();
    await pspApi.close();
    await vipps.close();
    await psp[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    vipps.control.behave();
  });

  const approve = (reference: string, body: object = { customer }) =>
    request(harness.app)
      .post(`/epayment/v1/test/payments/${reference}/approve`)
      .set(harness.merchant.headers)
      .send(body);

  async function anOpenPayment(more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const order = anOrder(more);
    const response = await create(harness, order);
    assert.equal(response.status, 201, response.text);
    return order.reference;
  }

  it('has the payment approved at Vipps, which calls makePayment', async () => {
    const reference = await anOpenPayment();

    const response = await approve(reference);

    assert.equal(response.status, 200, response.text);
    assert.equal(response.text, '');
    const [newest] = vipps.control.payments(0, 1);
    assert.equal(newest?.callbacks.length, 1);
    assert.equal(newest.state, 'RESERVED');
  });

  it('approves one that leads straight to the app too', async () => {
    const reference = await anOpenPayment({ userFlow: 'NATIVE_REDIRECT', returnUrl: 'shop://x' });

    assert.equal((await approve(reference)).status, 200);
  });

  it('needs the phone number of a test customer', async () => {
    const reference = await anOpenPayment();

    for (const body of [{}, { token: 'x' }, { customer: { phoneNumber: '4512345678' } }]) {
      assert.equal(codeOf(await approve(reference, body)), '4070', JSON.stringify(body));
    }
  });

  it('finds no payment of nobody', async () => {
    assert.equal(codeOf(await approve('nobodys-payment')), '5090');
  });

  it("brings back Vipps' own code, and says so where Vipps fails or is silent", async () => {
    const pushed = await anOpenPayment({
      userFlow: 'PUSH_MESSAGE',
      returnUrl: undefined,
      customer,
    });
    assert.equal(codeOf(await approve(pushed)), '10010');

    const reference = await anOpenPayment();
    const failing = { route: 'force-approve', times: 1 } as const;
    vipps.control.misbehave({ ...failing, status: 500 });
    assert.equal((await approve(reference)).status, 502);
    vipps.control.misbehave({ ...failing, cut: true });
    assert.equal((await approve(reference)).status, 504);
    assert.equal((await approve(reference)).status, 200);
  });

  it('is not for payments over v2, and not for those that are over', async () => {
    await harness.database.hot.query(`update merchant set rail = 'psp-v2'`);
    const old = await anOpenPayment();
    await harness.database.hot.query(`update merchant set rail = 'psp-v3'`);
    const over = await anOpenPayment();
    await harness.database.hot.query(
      `update payment set state = 'TERMINATED' where reference = $1`,
      [over],
    );

    assert.equal(codeOf(await approve(old)), '10060');
    assert.equal(codeOf(await approve(over)), '10010');
  });

  it('is there in the sandbox and at Vipps’ test environment, and never at the real Vipps', async () => {
    const real = 'https://api.vipps.no';
    const test = 'https://apitest.vipps.no';
    assert.deepEqual(
      [real, test, 'http://127.0.0.1:9080'].map((url) => [
        mayForceApprove(url, true),
        mayForceApprove(url, false),
      ]),
      [
        [false, false],
        [true, true],
        [false, true],
      ],
    );
    await using without = await startMerchantApi();
    const order = anOrder();
    await create(without, order);
    const response = await request(without.app)
      .post(`/epayment/v1/test/payments/${order.reference}/approve`)
      .set(without.merchant.headers)
      .send({ customer });
    assert.equal(response.status, 404);
  });
});
