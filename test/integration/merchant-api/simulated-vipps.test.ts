import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createPspApi } from '../../../src/psp-api/create-psp-api.ts';
import { type PspApi } from '../../../src/psp-api/psp-api.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { defaultCredentials } from '../../../src/simulator/vipps/settings.ts';
import {
  type RunningVippsSimulator,
  startVippsSimulator,
} from '../../../src/simulator/vipps/start-vipps-simulator.ts';
import { anOrder, codeOf, create, type Harness, startMerchantApi } from './a-merchant-api.ts';

type Detail = { readonly name: string; readonly reason: string };

describe('POST /epayment/v1/payments at a strict simulated Vipps', () => {
  let vipps: RunningVippsSimulator;
  let pspApi: PspApi;
  let harness: Harness;
  before(async () => {
    vipps = await startVippsSimulator({ merchants: [{ msn: '100001', skipLandingPage: true }] });
    pspApi = createPspApi({
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
    harness = await startMerchantApi({ pspApi });
  });
  after(async () => {
    await harness[Symbol.asyncDispose]();
    await pspApi.close();
    await vipps.close();
  });
  beforeEach(() => {
    vipps.control.behave();
  });

  it('R1 R3 R6 R8 R10 is taken in every user flow', async () => {
    const customer = { phoneNumber: '4791234567' };
    const paid = 'myshop://paid';
    const responses = [
      await create(harness, anOrder({ paymentDescription: 'Sokker', customer })),
      await create(harness, anOrder({ userFlow: 'NATIVE_REDIRECT', returnUrl: paid })),
      await create(harness, anOrder({ userFlow: 'PUSH_MESSAGE', returnUrl: undefined, customer })),
      await create(harness, anOrder({ returnUrl: 'http://127.0.0.1:3000/back' })),
    ];

    assert.deepEqual(
      responses.map(({ status }) => status),
      [201, 201, 201, 201],
    );
    const [web, , push] = responses.map(({ body }) => body as { redirectUrl?: string });
    assert.ok(URL.canParse(web?.redirectUrl ?? ''));
    assert.equal(push?.redirectUrl, undefined);
    assert.equal(vipps.control.paymentCount(), 4);
  });

  it('R14 survives a lost answer without a second payment at Vipps', async () => {
    const before = vipps.control.paymentCount();
    vipps.control.misbehave({ route: 'init', times: 1, loseAnswer: true });

    const response = await create(harness, anOrder());

    assert.equal(response.status, 201);
    assert.equal(vipps.control.paymentCount(), before + 1);
  });

  it('R14 is resumed by the same key after all answers were lost', async () => {
    const before = vipps.control.paymentCount();
    vipps.control.misbehave({ route: 'init', times: 3, loseAnswer: true });
    const order = anOrder();
    const key = { 'Idempotency-Key': randomUUID() };

    const first = await create(harness, order, key);
    const second = await create(harness, order, key);

    assert.deepEqual([first.status, second.status], [504, 201]);
    assert.equal(codeOf(first), '3010');
    assert.equal(vipps.control.paymentCount(), before + 1);
  });

  it('R13 takes new ids where Vipps knows the old ones and their answer is lost', async () => {
    const before = vipps.control.paymentCount();
    vipps.control.misbehave({ route: 'init', times: 1, loseAnswer: true });
    vipps.control.misbehave({
      route: 'init',
      times: 1,
      status: 400,
      shape: 'array',
      errorCode: '99',
      errorMessage: 'PSP Transaction id already exists in Vipps',
    });

    const response = await create(harness, anOrder());

    assert.equal(response.status, 201);
    assert.equal(vipps.control.paymentCount(), before + 2);
  });

  it('R12 brings the code of a merchant that Vipps has closed', async () => {
    vipps.control.setMerchant({ msn: '100001', active: false });

    const response = await create(harness, anOrder());
    vipps.control.setMerchant({ msn: '100001', active: true });

    assert.equal(response.status, 400);
    const { extraDetails } = response.body as { extraDetails: readonly Detail[] };
    assert.deepEqual(extraDetails[1], { name: 'VippsErrorCode', reason: '21' });
  });

  for (const shape of ['array', 'envelope', 'gateway', 'html', 'empty', 'object'] as const) {
    it(`R12 says that Vipps refused it whatever the body of its 403, such as ${shape}`, async () => {
      vipps.control.misbehave({ route: 'init', times: 1, status: 403, shape });

      const response = await create(harness, anOrder());

      assert.equal(response.status, 400);
      assert.equal(codeOf(response), '5070');
    });
  }
});
