import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import request from 'supertest';
import { createVippsSimulator } from '../../../src/simulator/vipps/simulator.ts';
import { startVippsSimulator } from '../../../src/simulator/vipps/start-vipps-simulator.ts';
import { accessToken, anInit, ok, postInit, pspPublicKeyPem, startPsp } from './a-payment.ts';

describe('the control API of the simulated Vipps', () => {
  it('takes the public key, approves, and tells what the PSP answered', async () => {
    const psp = await startPsp(ok);
    await using simulator = createVippsSimulator({ allowLoopbackCallbacks: true });
    const { app } = simulator;
    const body = anInit({ makePaymentUrl: psp.url });
    await postInit(simulator, await accessToken(simulator), body).expect(200);
    const path = `/control/payments/${String(body['pspTransactionId'])}`;
    await request(app).post(`${path}/approve`).expect(409);
    await request(app).put('/control/psp-public-key').type('text').send('nonsense').expect(409);
    await request(app)
      .put('/control/psp-public-key')
      .type('text')
      .send(pspPublicKeyPem)
      .expect(204);
    const order = { card: { pan: '4925000000000004', expiry: '2912' }, duplicates: 1 };
    const fired = await request(app).post(`${path}/approve`).send(order).expect(200);
    const answer = fired.body as { state: string; callbacks: { answer: unknown; card: string }[] };
    assert.equal(answer.state, 'RESERVED');
    assert.equal(answer.callbacks.length, 2);
    assert.equal(answer.callbacks[0]?.card, '•••• 0004');
    assert.deepEqual(answer.callbacks[0].answer, {
      paymentInfo: { pspTransactionId: body['pspTransactionId'], status: 'OK' },
    });
    const shown = await request(app).get(path).expect(200);
    assert.ok(!shown.text.includes('the-token-of-the-payment'));
    assert.ok(!shown.text.includes('4925000000000004'));
    assert.equal((shown.body as { callbacks: unknown[] }).callbacks.length, 2);
    await request(app).post(`${path}/cancel`).send({ wait: false }).expect(202);
    await psp.close();
  });

  it('says what is wrong with a call to it', async () => {
    await using simulator = createVippsSimulator();
    const { app } = simulator;
    await request(app).get('/control/payments/unknown').expect(404);
    await request(app).post('/control/payments/unknown/approve').expect(404);
    await request(app).post('/control/payments/unknown/ignore').expect(404);
    await request(app).post('/control/misbehave').send({ route: 'nowhere' }).expect(400);
    await request(app).post('/control/clock').send({ advanceSeconds: -1 }).expect(400);
    await request(app).post('/control/clock').type('json').send('{').expect(400);
    await request(app).get('/control/nowhere').expect(404);
  });

  it('makes the next calls go wrong, in the order given and no longer than told', async () => {
    await using simulator = createVippsSimulator();
    const { app } = simulator;
    const token = await accessToken(simulator);
    const misbehave = (rule: object) => request(app).post('/control/misbehave').send(rule);
    await misbehave({ route: 'init', status: 500, times: 2 }).expect(200);
    await misbehave({ route: 'init', status: 404, shape: 'envelope' });
    await misbehave({ route: 'init', status: 429, shape: 'gateway' });
    await misbehave({ route: 'init', status: 502, shape: 'html' });
    await misbehave({ route: 'init', status: 503, shape: 'empty', delayMs: 1 });
    await misbehave({ route: 'init', status: 400, errorCode: '21', errorMessage: 'x' });
    const answers = [];
    for (let call = 0; call < 8; call += 1)
      answers.push(await postInit(simulator, token, anInit()));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [500, 500, 404, 429, 502, 503, 400, 200],
    );
    assert.equal(answers[2]?.text.includes('"responseCode":404'), true);
    assert.equal(answers[5]?.text, '');
    assert.deepEqual(answers[6]?.body, [{ errorCode: '21', errorMessage: 'x' }]);
    await misbehave({ route: 'token', status: 500 });
    await request(app).delete('/control/misbehave').expect(204);
    assert.ok(await accessToken(simulator));
  });

  it('cuts the connection before anything is done, or after everything was', async () => {
    await using simulator = await startVippsSimulator();
    const app = { app: simulator.url } as unknown as Parameters<typeof postInit>[0];
    const token = await accessToken(app);
    simulator.control.misbehave({ route: 'init', times: 1, cut: true });
    await assert.rejects(async () => postInit(app, token, anInit()), /socket hang up/);
    assert.equal(simulator.control.paymentCount(), 0);
    simulator.control.misbehave({ route: 'init', times: 1, loseAnswer: true });
    const body = anInit();
    const headers = { 'Request-Id': 'again' };
    await assert.rejects(async () => postInit(app, token, body, headers), /socket hang up/);
    assert.equal(simulator.control.paymentCount(), 1);
    await postInit(app, token, body, headers).expect(200);
    assert.deepEqual(
      simulator.control.requests().map(({ status }) => status),
      [200, undefined, undefined, 200],
    );
  });

  it('changes merchants, patience and hash, and forgets everything on reset', async () => {
    await using simulator = createVippsSimulator();
    const { app } = simulator;
    await request(app).put('/control/merchants/77777').send({ name: 'New' }).expect(200);
    const token = await accessToken(simulator);
    const msn = { 'Merchant-Serial-Number': '77777' };
    await postInit(simulator, token, anInit(), msn).expect(200);
    await request(app).put('/control/merchants/77777').send({ active: false }).expect(200);
    await postInit(simulator, token, anInit(), msn).expect(400);
    await request(app)
      .put('/control/callback-patience')
      .send({ callbackPatienceMs: 1500 })
      .expect(204);
    await request(app).put('/control/oaep-hash').send({ oaepHash: 'sha1' }).expect(204);
    await request(app).post('/control/tokens/expire').expect(204);
    await request(app).post('/control/nightly-batch').expect(200);
    assert.equal((await request(app).get('/control/requests')).status, 200);
    assert.equal((await request(app).get('/control/status-updates')).status, 200);
    assert.equal(
      (await request(app).get('/control/cards')).text.includes('4111111111111111'),
      false,
    );
    await request(app).post('/control/reset').expect(204);
    const list = await request(app).get('/control/payments').expect(200);
    assert.deepEqual(list.body, { count: 0, payments: [] });
  });
});
