import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import request from 'supertest';
import { type VippsSimulatorOptions } from '../../../src/simulator/vipps/settings.ts';
import { createVippsSimulator } from '../../../src/simulator/vipps/simulator.ts';
import { accessToken, anInit, postInit, pspHeaders } from './a-payment.ts';

type Refused = readonly { readonly errorCode: string; readonly errorMessage: string }[];

async function refusalOf(
  body: unknown,
  options: VippsSimulatorOptions = {},
  headers: Readonly<Record<string, string | undefined>> = {},
): Promise<Refused> {
  await using simulator = createVippsSimulator(options);
  const answer = await postInit(simulator, await accessToken(simulator), body, headers);
  assert.equal(answer.status, 400, `${JSON.stringify(body)} ${answer.text}`);
  assert.ok(Array.isArray(answer.body));
  return answer.body as Refused;
}

async function accepts(body: unknown, options: VippsSimulatorOptions = {}): Promise<void> {
  await using simulator = createVippsSimulator(options);
  const answer = await postInit(simulator, await accessToken(simulator), body);
  assert.equal(answer.status, 200, `${JSON.stringify(body)} ${answer.text}`);
}

function codes(errors: Refused): readonly string[] {
  return errors.map(({ errorCode, errorMessage }) => `${errorCode} ${errorMessage}`);
}

describe('the simulated Vipps taking init', () => {
  it('echoes the ids and gives a landing page at its public address', async () => {
    await using simulator = createVippsSimulator({ publicUrl: 'https://vipps.no/sim/' });
    const body = anInit();
    const answer = await postInit(simulator, await accessToken(simulator), body).expect(200);
    const members = answer.body as Record<string, string>;
    assert.deepEqual(Object.keys(members), [
      'pspTransactionId',
      'merchantOrderId',
      'vippsRedirectUrl',
    ]);
    assert.equal(members['pspTransactionId'], body['pspTransactionId']);
    assert.match(
      members['vippsRedirectUrl'] ?? '',
      /^https:\/\/vipps\.no\/sim\/dwo-api-application\/v1\/deeplink\/vippsgateway\?v=2&token=[\w-]+\.[\w-]+\.[\w-]+$/,
    );
  });

  it('gives an app link with isApp, and looks at no redirect URL then', async () => {
    await using simulator = createVippsSimulator();
    const body = anInit({ isApp: true, pspRedirectUrl: 'myshop://done' });
    const answer = await postInit(simulator, await accessToken(simulator), body).expect(200);
    const { vippsRedirectUrl } = answer.body as { vippsRedirectUrl: string };
    assert.match(vippsRedirectUrl, /^vipps:\/\/\?token=/);
  });

  it('takes the path in any case and with a slash at its end', async () => {
    await using simulator = createVippsSimulator();
    const token = await accessToken(simulator);
    for (const path of ['/psp/v2/psppayments/init/', '/PSP/v2/pspPayments/Init']) {
      await request(simulator.app).post(path).set(pspHeaders(token)).send(anInit()).expect(200);
    }
    await request(simulator.app).get('/psp/v2/psppayments/init').expect(404);
  });

  it('refuses a call that lacks a header', async () => {
    assert.deepEqual(codes(await refusalOf(anInit(), {}, { 'Psp-Id': undefined })), [
      '51 Invalid request',
    ]);
    const missing = { 'Merchant-Serial-Number': undefined };
    assert.deepEqual(codes(await refusalOf(anInit(), {}, missing)), ['51 Invalid request']);
    await using simulator = createVippsSimulator();
    const token = await accessToken(simulator);
    const noKey = { 'Ocp-Apim-Subscription-Key': undefined };
    await postInit(simulator, token, anInit(), noKey).expect(401);
  });

  it('refuses a merchant of another PSP, an inactive, a blocked and a wrongly set up one', async () => {
    const other = await refusalOf(anInit(), {}, { 'Merchant-Serial-Number': '654321' });
    assert.match(other[0]?.errorMessage ?? '', /^Invalid MSN: 654321\. This MSN is not valid/);
    const psp = await refusalOf(anInit(), {}, { 'Psp-Id': 'ANOTHER' });
    assert.match(psp[0]?.errorMessage ?? '', /^Invalid MSN: 123456\./);
    const refused = async (merchant: object) =>
      codes(await refusalOf(anInit(), { merchants: [{ msn: '123456', ...merchant }] }));
    assert.deepEqual(await refused({ active: false }), ['21 Merchant not available or active']);
    assert.deepEqual(await refused({ blocked: true }), [
      '37 Merchant not available or deactivated or blocked',
    ]);
    assert.deepEqual(await refused({ wrongPaymentModel: true }), ['42 Invalid payment model type']);
  });

  it('refuses each missing member, and a null in place of an optional one', async () => {
    const body = anInit({ pspTransactionId: undefined });
    assert.deepEqual(codes(await refusalOf(body)), ['51 Invalid request']);
    assert.equal((await refusalOf({})).length, 6);
    assert.deepEqual(codes(await refusalOf(anInit({ paymentText: null }))), ['51 Invalid request']);
  });

  it('refuses members of the wrong form with the documented code', async () => {
    const wrong: readonly [Record<string, unknown>, string][] = [
      [{ pspTransactionId: 'UPPER' }, '51 Invalid request'],
      [{ pspTransactionId: 'x'.repeat(31) }, '51 Invalid request'],
      [{ pspTransactionId: '' }, '51 Invalid request'],
      [{ pspTransactionId: 5 }, '51 Invalid request'],
      [{ merchantOrderId: 'with-dash' }, '51 Invalid request'],
      [{ amount: 0 }, 'amount amount.less.than.one'],
      [{ amount: -1 }, 'amount amount.less.than.one'],
      [{ amount: 1.5 }, '51 Invalid request'],
      [{ amount: '100' }, '51 Invalid request'],
      [{ amount: 2 ** 53 }, '51 Invalid request'],
      [{ currency: 'SEK' }, 'currency transaction.currency.invalid'],
      [{ customerMobileNumber: '4791234567' }, '51 Invalid request'],
      [{ makePaymentToken: 'x'.repeat(256) }, '51 Invalid request'],
      [{ makePaymentToken: 'line\nfeed' }, '51 Invalid request'],
      [{ isApp: 'true' }, '51 Invalid request'],
      [{ paymentText: 5 }, '51 Invalid request'],
      [{ scope: 'psp_subscription' }, '51 Invalid request'],
    ];
    for (const [members, code] of wrong) {
      assert.deepEqual(codes(await refusalOf(anInit(members))), [code], JSON.stringify(members));
    }
  });

  it('refuses an amount that is written as a fraction, even a whole one', async () => {
    const text = JSON.stringify(anInit({ amount: 100 }));
    assert.equal((await refusalOf(text.replace('100', '100.0'))).length, 1);
    assert.equal((await refusalOf(text.replace('100', '1e2'))).length, 1);
    await accepts(anInit({ paymentText: '"amount": 1.5' }));
  });

  it('refuses what is no JSON object, and what is not said to be JSON', async () => {
    for (const body of ['', '{', '[]', '"x"', 'null']) await refusalOf(body);
    await refusalOf(anInit(), {}, { 'Content-Type': 'text/plain' });
  });

  it('R10 refuses the URLs that Vipps refuses', async () => {
    const makePaymentUrls = [
      'http://psp.no/x',
      'https://localhost/x',
      'https://127.0.0.1/x',
      'https://psp/x',
      'https://psp.local/x',
      'https://psp.example/x',
      'https://psp.no:99999/x',
      'https://psp.no//x',
      'https://psp.no/a b',
      'ftp://psp.no/x',
      'psp.no/x',
      'https://[::1]/x',
      5,
      '',
    ];
    for (const makePaymentUrl of makePaymentUrls) {
      assert.deepEqual(codes(await refusalOf(anInit({ makePaymentUrl }))), [
        'makePaymentUrl Invalid makePaymentUrl',
      ]);
    }
    for (const pspRedirectUrl of ['http://localhost/x', 'https://localhost', 'myshop://x', 'x']) {
      assert.deepEqual(codes(await refusalOf(anInit({ pspRedirectUrl }))), [
        '51 Invalid pspRedirectUrl',
      ]);
    }
  });

  it('R10 accepts the URLs that Vipps accepts', async () => {
    for (const makePaymentUrl of [
      'https://psp.no',
      'https://pay.psp.co.uk:8443/a/b?c=d#e',
      'https://192.0.2.7/x',
      'https://xn--blbr-roah.no/%C3%A6',
    ]) {
      await accepts(anInit({ makePaymentUrl }));
    }
    for (const pspRedirectUrl of [
      'http://127.0.0.1:3000/x',
      'http://shop.no',
      'https://a.b.io/?x',
    ]) {
      await accepts(anInit({ pspRedirectUrl }));
    }
  });

  it('accepts loopback and plain http for callbacks when set to, and localhost for the redirect never', async () => {
    const sandbox = { allowLoopbackCallbacks: true };
    for (const makePaymentUrl of ['http://127.0.0.1:8080/x', 'http://localhost:1/x']) {
      await accepts(anInit({ makePaymentUrl }), sandbox);
    }
    await accepts(anInit({ pspRedirectUrl: 'https://shop.example/done' }), sandbox);
    await refusalOf(anInit({ pspRedirectUrl: 'http://localhost/x' }), sandbox);
    await refusalOf(anInit({ makePaymentUrl: 'https://psp/x' }), sandbox);
  });

  it('lets only a listed merchant skip the landing page, and only with a phone number', async () => {
    const listed = { merchants: [{ msn: '123456', skipLandingPage: true }] };
    const members = { skipLandingPage: true, customerMobileNumber: '91234567' };
    await refusalOf(anInit(members));
    await refusalOf(anInit({ skipLandingPage: true }), listed);
    await accepts(anInit(members), listed);
  });

  it('refuses an id that the PSP has used for any merchant, and an order id the merchant has', async () => {
    const merchants = [{ msn: '123456' }, { msn: '65432' }];
    await using simulator = createVippsSimulator({ merchants });
    const token = await accessToken(simulator);
    const first = anInit();
    await postInit(simulator, token, first).expect(200);
    const { pspTransactionId, merchantOrderId } = first;
    const other = { 'Merchant-Serial-Number': '65432' };
    const sameId = await postInit(simulator, token, anInit({ pspTransactionId }), other);
    assert.deepEqual(codes(sameId.body as Refused), ['44 PSP Transaction ID already exists']);
    await postInit(simulator, token, anInit({ merchantOrderId }), other).expect(200);
    const sameOrder = await postInit(simulator, token, anInit({ merchantOrderId }));
    assert.deepEqual(codes(sameOrder.body as Refused), ['99 OrderId already exists']);
  });

  it('uses the older code for a used id when set to', async () => {
    await using simulator = createVippsSimulator({ duplicateTransactionCode: '99' });
    const token = await accessToken(simulator);
    const { pspTransactionId } = anInit();
    await postInit(simulator, token, anInit({ pspTransactionId })).expect(200);
    const again = await postInit(simulator, token, anInit({ pspTransactionId }));
    assert.deepEqual(codes(again.body as Refused), [
      '99 PSP Transaction id already exists in Vipps',
    ]);
  });

  it('answers a repeated Request-Id as before, and refuses it with another body', async () => {
    await using simulator = createVippsSimulator();
    const token = await accessToken(simulator);
    const body = anInit();
    const headers = { 'request-id': 'the-same' };
    const first = await postInit(simulator, token, body, headers).expect(200);
    const again = await postInit(simulator, token, body, headers).expect(200);
    assert.equal(again.text, first.text);
    assert.equal(simulator.control.paymentCount(), 1);
    const other = await postInit(simulator, token, anInit(), headers).expect(400);
    assert.deepEqual(codes(other.body as Refused), ['51 Invalid request']);
  });
});
