import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
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
  pspPublicKeyPem,
  type PspReply,
  type ReceivedCall,
  startPsp,
} from './a-payment.ts';

const closing: (() => void | Promise<void>)[] = [];

async function initiated(
  reply: (call: ReceivedCall) => PspReply | undefined,
  options: VippsSimulatorOptions = {},
): Promise<{
  readonly id: string;
  readonly simulator: VippsSimulator;
  readonly psp: Awaited<ReturnType<typeof startPsp>>;
}> {
  const psp = await startPsp(reply);
  const simulator = createVippsSimulator({
    allowLoopbackCallbacks: true,
    pspPublicKeyPem,
    ...options,
  });
  closing.push(psp.close, () => {
    simulator.close();
  });
  const body = anInit({ makePaymentUrl: psp.url });
  const answer = await postInit(simulator, await accessToken(simulator), body);
  assert.equal(answer.status, 200, answer.text);
  return { id: String(body['pspTransactionId']), simulator, psp };
}

describe('the simulated Vipps calling makePayment', () => {
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  it('sends the documented body, the token as it was given and no other credentials', async () => {
    const { id, simulator, psp } = await initiated(ok);
    const result = await simulator.control.approve(id, { sessionId: 'a-session' });
    assert.equal(result.state, 'RESERVED');
    const [call] = psp.calls;
    assert.ok(call);
    assert.deepEqual(Object.keys(call.body), [
      'pspTransactionId',
      'merchantSerialNumber',
      'cardData',
      'confirmed',
    ]);
    assert.equal(call.body['confirmed'], 'YES');
    assert.equal(call.headers.authorization, 'the-token-of-the-payment');
    assert.equal(call.headers['content-type'], 'application/json;charset=UTF-8');
    assert.deepEqual(Object.keys(call.headers).sort(), [
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
    ]);
    assert.match(String(call.body['cardData']), /^[A-Za-z0-9+/]{342}==$/);
    assert.equal(decrypted(String(call.body['cardData'])), '4111111111111111,3012,a-session');
  });

  it('records the answer byte for byte', async () => {
    const { id, simulator } = await initiated((call) => fail(call, 82, 'Refused by Issuer'));
    const { callbacks, state } = await simulator.control.approve(id);
    assert.equal(state, 'FAILED');
    const [callback] = callbacks;
    assert.ok(callback && 'body' in callback);
    assert.equal(
      callback.body,
      `{"errorMessage":{"errorId":82,"errorText":"Refused by Issuer"},"paymentInfo":{"pspTransactionId":"${id}","status":"FAIL"}}`,
    );
    assert.deepEqual(callback.remarks, []);
    assert.equal(simulator.control.payment(id)?.failure, 'REFUSED');
  });

  it('encrypts under SHA-1 when that is the hash of the key', async () => {
    const { id, simulator, psp } = await initiated(ok, { oaepHash: 'sha1' });
    await simulator.control.approve(id, { sessionId: 'x' });
    assert.match(decrypted(String(psp.calls[0]?.body['cardData']), 'sha1'), /,x$/);
  });

  it('sends no card material with CANCEL, TIMEOUT and NO, and fails the payment', async () => {
    for (const [deed, confirmed] of [
      ['cancel', 'CANCEL'],
      ['timeout', 'TIMEOUT'],
      ['no', 'NO'],
    ] as const) {
      const { id, simulator, psp } = await initiated((call) =>
        fail(call, 93, `Status from Vipps:${confirmed}`),
      );
      const { state, callbacks } = await simulator.control[deed](id);
      assert.equal(state, 'FAILED');
      assert.deepEqual(callbacks[0]?.remarks, []);
      assert.equal(psp.calls[0]?.body['confirmed'], confirmed);
      assert.ok(!('cardData' in psp.calls[0].body));
      assert.equal(simulator.control.payment(id)?.failure, confirmed);
    }
  });

  it('loses patience, cuts the connection and fails the payment', async () => {
    const { id, simulator, psp } = await initiated(() => undefined, { callbackPatienceMs: 500 });
    const { state, callbacks } = await simulator.control.approve(id);
    assert.equal(state, 'FAILED');
    assert.equal(callbacks[0]?.outcome, 'CUT_AFTER_PATIENCE');
    assert.equal(simulator.control.payment(id)?.failure, 'NO_ANSWER');
    await psp.cut;
  });

  it('takes nothing but 200, JSON and status OK for a reservation', async () => {
    const good = (call: ReceivedCall): unknown => ok(call).body;
    const replies: readonly [(call: ReceivedCall) => PspReply, string][] = [
      [(call) => ({ status: 201, body: good(call) }), 'HTTP_STATUS'],
      [(call) => ({ status: 500, body: good(call) }), 'HTTP_STATUS'],
      [(call) => ({ status: 302, headers: { Location: '/x' }, body: good(call) }), 'HTTP_STATUS'],
      [(call) => ({ headers: { 'Content-Type': 'text/html' }, body: good(call) }), 'BAD_ANSWER'],
      [() => ({ body: '{"paymentInfo":{"status":"OK"' }), 'BAD_ANSWER'],
      [() => ({ body: { status: 'OK' } }), 'BAD_ANSWER'],
      [() => ({ body: { paymentInfo: { status: 'ok' } } }), 'REFUSED'],
    ];
    for (const [reply, failure] of replies) {
      const { id, simulator, psp } = await initiated(reply);
      const { state } = await simulator.control.approve(id);
      assert.equal(state, 'FAILED');
      assert.equal(simulator.control.payment(id)?.failure, failure);
      assert.equal(psp.calls.length, 1, 'a redirect is not followed');
    }
  });

  it('sends duplicates at once or in turn, encrypted afresh or as the same bytes', async () => {
    const { id, simulator, psp } = await initiated(ok);
    const result = await simulator.control.approve(id, { duplicates: 2, concurrent: true });
    assert.equal(result.callbacks.length, 3);
    assert.equal(new Set(psp.calls.map((call) => call.body['cardData'])).size, 3);
    await simulator.control.approve(id, { duplicates: 1, sameBytes: true });
    assert.equal(psp.calls[3]?.body['cardData'], psp.calls[4]?.body['cardData']);
    assert.deepEqual(
      simulator.control.payment(id)?.callbacks.filter((callback) => callback.decides).length,
      1,
    );
  });

  it('lets no later answer override the first result', async () => {
    let count = 0;
    const { id, simulator } = await initiated((call) => {
      count += 1;
      return count === 1 ? ok(call) : fail(call, 85, 'Response received too late');
    });
    await simulator.control.approve(id);
    const { state } = await simulator.control.cancel(id);
    assert.equal(state, 'RESERVED');
    assert.equal(simulator.control.payment(id)?.callbacks.length, 2);
  });

  it('goes into CHALLENGE on a soft decline and takes no second one', async () => {
    const { id, simulator } = await initiated((call) => ({
      body: {
        errorMessage: { errorId: 1036, errorText: 'Soft Decline' },
        paymentInfo: {
          pspTransactionId: call.body['pspTransactionId'],
          status: 'SOFT_DECLINE',
          url3dSecure: 'https://psp.no/3ds/1',
        },
      },
    }));
    assert.equal((await simulator.control.approve(id)).state, 'CHALLENGE');
    assert.equal(simulator.control.payment(id)?.url3dSecure, 'https://psp.no/3ds/1');
    assert.equal((await simulator.control.approve(id)).state, 'FAILED');
  });

  it('forges calls on demand, and these move nothing', async () => {
    const { id, simulator, psp } = await initiated(() => ({ status: 401, body: '' }));
    const { control } = simulator;
    await control.fire(id, { confirmed: 'YES', forge: { authorization: 'another' } });
    await control.fire(id, { confirmed: 'YES', forge: { authorization: null } });
    await control.fire(id, { confirmed: 'YES', forge: { cardData: 'nonsense' } });
    await control.fire(id, { confirmed: 'YES', forge: { padding: 'pkcs1' } });
    await control.fire(id, { confirmed: 'YES', forge: { oaepHash: 'sha1' } });
    await control.fire(id, { confirmed: 'YES', forge: { plaintext: 'x,y' } });
    await control.fire(id, {
      confirmed: 'YES',
      forge: { members: { confirmed: 'MAYBE', extra: 1 }, withoutMembers: ['cardData'] },
    });
    await control.fire(id, { confirmed: 'YES', forge: { body: '{' } });
    const { calls } = psp;
    assert.equal(calls[0]?.headers.authorization, 'another');
    assert.equal(calls[1]?.headers.authorization, undefined);
    assert.equal(calls[2]?.body['cardData'], 'nonsense');
    assert.throws(() => decrypted(String(calls[3]?.body['cardData'])));
    assert.match(decrypted(String(calls[4]?.body['cardData']), 'sha1'), /^4111/);
    assert.equal(decrypted(String(calls[5]?.body['cardData'])), 'x,y');
    assert.equal(calls[6]?.body['confirmed'], 'MAYBE');
    assert.ok(!('cardData' in calls[6].body));
    assert.deepEqual(calls[7]?.body, {});
    assert.equal(control.payment(id)?.state, 'INITIATED');
  });

  it('sends TIMEOUT ten minutes after init to a user who did nothing, once', async () => {
    const { id, simulator, psp } = await initiated((call) =>
      fail(call, 93, 'Status from Vipps:TIMEOUT'),
    );
    simulator.control.ignore(id);
    assert.deepEqual(await simulator.control.advanceClock(599), { timeoutsSent: 0 });
    assert.deepEqual(await simulator.control.advanceClock(1), { timeoutsSent: 1 });
    assert.deepEqual(await simulator.control.advanceClock(600), { timeoutsSent: 0 });
    assert.equal(psp.calls.length, 1);
    assert.equal(simulator.control.payment(id)?.state, 'FAILED');
  });

  it('sends no TIMEOUT for a payment that nobody opened, unless set to', async () => {
    const quiet = await initiated(ok);
    assert.deepEqual(await quiet.simulator.control.advanceClock(600), { timeoutsSent: 0 });
    assert.equal(quiet.simulator.control.payment(quiet.id)?.failure, 'TIMEOUT');
    const loud = await initiated(ok, { timeoutWithoutActivation: true });
    assert.deepEqual(await loud.simulator.control.advanceClock(600), { timeoutsSent: 1 });
  });
});
