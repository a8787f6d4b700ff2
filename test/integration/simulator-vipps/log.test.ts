import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import request from 'supertest';
import { createVippsSimulator } from '../../../src/simulator/vipps/simulator.ts';
import { accessToken, anInit, ok, postInit, pspPublicKeyPem, startPsp } from './a-payment.ts';

describe('the log of the simulated Vipps', () => {
  it('holds no card number, no token and no card data', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
    const psp = await startPsp(ok);
    await using simulator = createVippsSimulator({
      log,
      pspPublicKeyPem,
      allowLoopbackCallbacks: true,
    });
    const token = await accessToken(simulator);
    const body = anInit({ makePaymentUrl: psp.url });
    const answer = await postInit(simulator, token, body).expect(200);
    const id = String(body['pspTransactionId']);
    await simulator.control.approve(id, { card: { pan: '4925000000000004', expiry: '3012' } });
    const path = `/control/payments/${id}/approve`;
    await request(simulator.app)
      .post(path)
      .type('json')
      .send('{"card":"4925000000000004')
      .expect(400);
    await psp.close();
    const text = lines.join('');
    assert.match(text, /makePayment\.sent/);
    const { vippsRedirectUrl } = answer.body as { vippsRedirectUrl: string };
    const landingToken = new URL(vippsRedirectUrl).searchParams.get('token') ?? 'none';
    const cardData = String(psp.calls[0]?.body['cardData']);
    const secrets = ['4925000000000004', token, 'the-token-of-the-payment', landingToken, cardData];
    for (const secret of secrets) assert.ok(!text.includes(secret));
  });
});
