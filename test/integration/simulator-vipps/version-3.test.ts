import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import request from 'supertest';
import { type VippsSimulatorOptions } from '../../../src/simulator/vipps/settings.ts';
import {
  createVippsSimulator,
  type VippsSimulator,
} from '../../../src/simulator/vipps/simulator.ts';
import {
  accessToken,
  anInit,
  decrypted,
  fail,
  ok,
  postInit,
  postInitV3,
  pspHeaders,
  pspPublicKeyPem,
  type PspReply,
  type ReceivedCall,
  startPsp,
} from './a-payment.ts';

const closing: (() => void | Promise<void>)[] = [];

async function initiated(
  members: Readonly<Record<string, unknown>> = {},
  reply: (call: ReceivedCall) => PspReply | undefined = ok,
  options: VippsSimulatorOptions = {},
) {
  const psp = await startPsp(reply);
  const simulator = createVippsSimulator({
    allowLoopbackCallbacks: true,
    pspPublicKeyPem,
    publicUrl: 'http://127.0.0.1:9080',
    ...options,
  });
  closing.push(psp.close, () => {
    simulator.close();
  });
  const token = await accessToken(simulator);
  const body = anInit({ makePaymentUrl: psp.url, ...members });
  const answer = await postInitV3(simulator, token, body);
  assert.equal(answer.status, 200, answer.text);
  const { vippsRedirectUrl } = answer.body as { vippsRedirectUrl: string };
  return { id: String(body['pspTransactionId']), simulator, psp, token, vippsRedirectUrl };
}

type Refused = readonly Readonly<Record<string, string>>[];

async function refusalOf(
  simulator: VippsSimulator,
  body: object,
  headers: Readonly<Record<string, string | undefined>> = {},
): Promise<Refused> {
  const answer = await postInitV3(simulator, await accessToken(simulator), body, headers);
  assert.equal(answer.status, 400, answer.text);
  return answer.body as Refused;
}

const visa = { tokenType: 'VISA', eci: '07' };
const mastercard = { tokenType: 'MASTERCARD', eci: '06' };
const common = 'AlhlvxmN2ZKuAAESNFZ4GoABFA==';
const other = 'AgAAAAAAAIR8CQrXSohbQAAAAAA=';

describe('the simulated Vipps on v3', () => {
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  it('takes the longer ids of v3, and no others', async () => {
    await using simulator = createVippsSimulator();
    const token = await accessToken(simulator);
    const good = anInit({ pspTransactionId: 'x'.repeat(36), merchantOrderId: 'A-'.repeat(25) });
    assert.equal((await postInitV3(simulator, token, good)).status, 200);
    for (const members of [
      { pspTransactionId: 'x'.repeat(37) },
      { pspTransactionId: 'X' },
      { merchantOrderId: 'x'.repeat(51) },
      { merchantOrderId: 'order_1' },
      { merchantOrderId: '' },
    ]) {
      const [error] = await refusalOf(simulator, anInit(members));
      assert.equal(error?.['errorCode'], '51', JSON.stringify(members));
    }
  });

  it('words errors as v3 does, and tells the control API what was wrong', async () => {
    await using simulator = createVippsSimulator();
    const errors = await refusalOf(simulator, anInit({ amount: 0, currency: 'SEK' }));
    assert.deepEqual(
      errors.map((error) => Object.keys(error)),
      errors.map(() => ['errorCode', 'errorMessage', 'contextId']),
    );
    assert.equal(new Set(errors.map(({ contextId }) => contextId)).size, 1);
    assert.deepEqual(
      errors.map(({ errorCode }) => errorCode),
      ['amount', 'currency'],
    );
    await refusalOf(simulator, anInit({ merchantOrderId: 'order_1' }));
    const { problems } = simulator.control.requests().at(-1) ?? {};
    assert.deepEqual(problems, [
      '51 Invalid request merchantOrderId must be 1 to 50 of letters, digits and hyphens',
    ]);
    const [blocked] = await refusalOf(simulator, anInit(), { 'Merchant-Serial-Number': '654321' });
    assert.match(blocked?.['errorMessage'] ?? '', /^Invalid MSN: 654321/);
    assert.ok(blocked?.['contextId']);
  });

  it('sends the published body, with null for what there is not', async () => {
    const { id, simulator, psp } = await initiated();
    const { state } = await simulator.control.approve(id, { card: 'visa-debit' });
    assert.equal(state, 'RESERVED');
    const [call] = psp.calls;
    assert.equal(call?.headers.authorization, 'the-token-of-the-payment');
    const { operations, ...body } = call.body;
    assert.deepEqual(body, {
      pspTransactionId: id,
      merchantSerialNumber: '123456',
      paymentState: 'ACCEPTED',
      binNumber: '492500',
      paymentInstrument: 'TOKEN',
      networkToken: {
        number: '4895370013193500',
        cryptogram: common,
        expiryMonth: '05',
        expiryYear: '2025',
        ...visa,
      },
      cardData: null,
    });
    const urls = (operations as readonly { url: string; operation: string }[]).map(
      ({ url, operation }) => [operation, new URL(url).searchParams.get('responsecode')],
    );
    assert.deepEqual(urls, [
      ['3dssuccess', 'OK'],
      ['3dscancel', 'cancel'],
      ['3dsfailure', 'failure'],
    ]);
  });

  it('has a network token for each published amount', async () => {
    const table = [
      [2_200, '5226603115488031', '05', '2025', common, mastercard],
      [3_200, '4111111111111111', '03', '2030', 'uxToh3Ep6gsR8AAkvZALN19Iz34=', visa],
      [4_200, '4895370013193500', '03', '2030', common, visa],
      [4_300, '5226603115488031', '03', '2030', common, mastercard],
      [4_400, '4895370012792682', '12', '2022', other, visa],
      [5_100, '4268270087302871', '09', '2024', other, visa],
      [5_200, '5413330089010442', '12', '2025', other, mastercard],
      [5_300, '4895370013193500', '05', '2025', common, visa],
    ] as const;
    for (const [amount, number, expiryMonth, expiryYear, cryptogram, rest] of table) {
      const { id, simulator, psp } = await initiated({ amount });
      await simulator.control.approve(id);
      assert.deepEqual(
        psp.calls[0]?.body['networkToken'],
        { number, cryptogram, expiryMonth, expiryYear, ...rest },
        String(amount),
      );
    }
  });

  it('sends the card itself, encrypted, for a card without a token, and on order', async () => {
    const cases = [
      [{ amount: 3_100 }, {}, '4111111111111111,3012,s'],
      [{}, { paymentInstrument: 'ENCRYPTEDCARD' }, '4111111111111111,3012,s'],
      [{}, { card: 'unknown-issuer' }, '9111000000000015,3012,s'],
      [{}, { card: 'expired' }, '4111111111111111,2001,s'],
      [{}, { card: 'bad-check-digit' }, '4111111111111112,3012,s'],
    ] as const;
    for (const [members, order, plaintext] of cases) {
      const { id, simulator, psp } = await initiated(members);
      await simulator.control.approve(id, { ...order, sessionId: 's' });
      const body = psp.calls[0]?.body ?? {};
      assert.equal(body['paymentInstrument'], 'ENCRYPTEDCARD');
      assert.equal(body['networkToken'], null);
      assert.equal(body['binNumber'], plaintext.slice(0, 6));
      assert.equal(decrypted(String(body['cardData'])), plaintext);
    }
  });

  it('says USER_CANCEL also where v2 says NO, and sends nothing of a card then', async () => {
    for (const [deed, paymentState, text] of [
      ['cancel', 'USER_CANCEL', 'CANCEL'],
      ['timeout', 'TIMEOUT', 'TIMEOUT'],
      ['no', 'USER_CANCEL', 'CANCEL'],
    ] as const) {
      const { id, simulator, psp } = await initiated({}, (call) =>
        fail(call, 93, `Status from Vipps:${text}`),
      );
      const { state, callbacks } = await simulator.control[deed](id);
      assert.equal(state, 'FAILED');
      assert.deepEqual(callbacks[0]?.remarks, []);
      const { paymentState: said, binNumber, networkToken, cardData } = psp.calls[0]?.body ?? {};
      assert.deepEqual([said, binNumber, networkToken, cardData], [paymentState, null, null, null]);
    }
  });

  it('words the call by each of its own texts, on order, and is answered as ever', async () => {
    const quirks = [
      [
        { eci: '7' },
        (body: ReceivedCall['body']) => (body['networkToken'] as { eci: unknown }).eci === '7',
      ],
      [
        { eci: 7 },
        (body: ReceivedCall['body']) => (body['networkToken'] as { eci: unknown }).eci === 7,
      ],
      [
        { confirmed: true },
        (body: ReceivedCall['body']) => body['confirmed'] === 'YES' && !('paymentState' in body),
      ],
      [{ empty: 'null' }, (body: ReceivedCall['body']) => body['userToken'] === null],
      [{ empty: 'absent' }, (body: ReceivedCall['body']) => !('cardData' in body)],
    ] as const;
    for (const [quirk, holds] of quirks) {
      const { id, simulator, psp } = await initiated();
      const { state } = await simulator.control.approve(id, { quirks: quirk });
      assert.equal(state, 'RESERVED');
      assert.ok(holds(psp.calls[0]?.body ?? {}), JSON.stringify(quirk));
    }
  });

  it('shows a payment to its own version and to later ones', async () => {
    const { id, simulator, token } = await initiated();
    const { app, control } = simulator;
    const old = anInit();
    await postInit(simulator, token, old).expect(200);
    const oldId = String(old['pspTransactionId']);
    const details = (version: string, one: string) =>
      request(app).get(`/psp/${version}/psppayments/${one}/details`).set(pspHeaders(token));
    assert.equal((await details('v3', id)).status, 200);
    assert.equal((await details('v3', oldId)).status, 200);
    assert.equal((await details('v2', id)).status, 404);

    const report = (version: string, one: string) =>
      request(app)
        .post(`/psp/${version}/psppayments/updatestatus`)
        .set(pspHeaders(token))
        .send({ transactions: [{ pspTransactionId: one, status: 'CAPTURED', amount: 100 }] })
        .expect(200);
    await report('v3', id);
    await report('v2', id);
    await report('v3', oldId);
    assert.deepEqual(control.runNightlyBatch(), { applied: 2, ignored: 1, refused: 0 });
    assert.deepEqual(
      control.statusUpdates().map(({ version }) => version),
      ['v3', 'v2', 'v3'],
    );
  });

  it('lets a payment be approved without the app', async () => {
    const { id, simulator, psp, token, vippsRedirectUrl } = await initiated();
    const approve = (one: string, body: object) =>
      request(simulator.app)
        .post(`/psp/v3/integration-test/psppayments/${one}/approve`)
        .set('Content-Type', 'application/json;charset=UTF-8')
        .set(pspHeaders(token))
        .send(body);
    const good = {
      customerPhoneNumber: '91234567',
      token: new URL(vippsRedirectUrl).searchParams.get('token'),
    };
    for (const wrong of [
      {},
      { ...good, token: 'x' },
      { ...good, customerPhoneNumber: '4791234567' },
    ]) {
      assert.equal((await approve(id, wrong)).status, 400, JSON.stringify(wrong));
    }
    assert.equal((await approve('unknown', good)).status, 400);
    assert.equal(psp.calls.length, 0);

    const approved = await approve(id, good);
    assert.equal(approved.status, 200);
    assert.equal(approved.text, '');
    assert.equal(simulator.control.payment(id)?.state, 'RESERVED');
    assert.equal(psp.calls.length, 1);
    assert.equal((await approve(id, good)).status, 400, 'once');
  });

  it('has no such call on v2', async () => {
    await using simulator = createVippsSimulator();
    await request(simulator.app)
      .post('/psp/v2/integration-test/psppayments/x/approve')
      .set(pspHeaders(await accessToken(simulator)))
      .expect(404);
  });
});
