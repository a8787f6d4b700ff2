import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import request from 'supertest';
import { type VippsSimulatorOptions } from '../../../src/simulator/vipps/settings.ts';
import {
  createVippsSimulator,
  type VippsSimulator,
} from '../../../src/simulator/vipps/simulator.ts';
import { accessToken, anInit, ok, postInit, pspPublicKeyPem, startPsp } from './a-payment.ts';

const closing: (() => void | Promise<void>)[] = [];

async function opened(
  members: Readonly<Record<string, unknown>> = {},
  options: VippsSimulatorOptions = {},
): Promise<{ readonly id: string; readonly simulator: VippsSimulator; readonly path: string }> {
  const psp = await startPsp(ok);
  const simulator = createVippsSimulator({
    allowLoopbackCallbacks: true,
    pspPublicKeyPem,
    ...options,
  });
  closing.push(psp.close, () => {
    simulator.close();
  });
  const body = anInit({ makePaymentUrl: psp.url, ...members });
  const answer = await postInit(simulator, await accessToken(simulator), body);
  assert.equal(answer.status, 200, answer.text);
  const id = String(body['pspTransactionId']);
  const url = new URL(simulator.control.payment(id)?.landingUrl ?? '');
  return { id, simulator, path: url.pathname + url.search };
}

/** The addresses that the page's forms are sent to. */
function actions(page: string): readonly string[] {
  return [...page.matchAll(/action="([^"]+)"/g)].map((match) => match[1] ?? '');
}

async function settled(simulator: VippsSimulator, path: string): Promise<string> {
  for (;;) {
    const { text } = await request(simulator.app).get(path);
    if (!text.includes('http-equiv="refresh"')) return text;
  }
}

describe('the pages of the simulated Vipps', () => {
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  it('lead from the landing page through the app to a paid payment and back to the shop', async () => {
    const { id, simulator, path } = await opened({
      customerMobileNumber: '91234567',
      paymentText: 'Two <b>bells</b>',
      amount: 123456,
    });
    const landing = await request(simulator.app).get(path).expect(200);
    assert.match(landing.text, /value="91234567"/);
    assert.match(landing.text, /1 234,56 kr/);
    assert.match(landing.text, /Two &lt;b&gt;bells&lt;\/b&gt;/);
    assert.doesNotMatch(landing.text, /<script/);
    const [open = ''] = actions(landing.text);
    const next = await request(simulator.app).post(open).type('form').send({ phone: '91234567' });
    assert.equal(next.status, 303);
    const appPath = String(next.headers['location']);
    const app = await request(simulator.app).get(appPath);
    assert.match(app.text, /value="visa-credit"\s+checked/);
    assert.ok(!app.text.includes('4111111111111111'));
    const pay = actions(app.text).find((action) => action.endsWith('/pay')) ?? '';
    await request(simulator.app).post(pay).type('form').send({ card: 'visa-debit' }).expect(303);
    const result = await settled(simulator, appPath);
    assert.match(result, /Paid/);
    assert.match(result, /href="https:\/\/shop\.no\/done"/);
    assert.equal(simulator.control.payment(id)?.state, 'RESERVED');
    assert.equal(simulator.control.payment(id)?.callbacks[0]?.card, 'visa-debit');
  });

  it('let the customer cancel before and after opening the app', async () => {
    const { id, simulator, path } = await opened();
    const landing = await request(simulator.app).get(path);
    const cancel = actions(landing.text).find((action) => action.endsWith('/cancel')) ?? '';
    const next = await request(simulator.app).post(cancel).expect(303);
    assert.match(await settled(simulator, String(next.headers['location'])), /You cancelled/);
    assert.equal(simulator.control.payment(id)?.callbacks[0]?.confirmed, 'CANCEL');
  });

  it('let the customer do nothing, and let the time be up', async () => {
    const { id, simulator } = await opened({ isApp: true, pspRedirectUrl: 'myshop://done' });
    const landingUrl = simulator.control.payment(id)?.landingUrl ?? '';
    const token = new URL(landingUrl).searchParams.get('token') ?? '';
    await request(simulator.app).get(`/app/${token}`).expect(200);
    assert.equal(simulator.control.payment(id)?.activated, true);
    const next = await request(simulator.app).post(`/app/${token}/ignore`).expect(303);
    const ignored = await request(simulator.app).get(String(next.headers['location']));
    assert.match(ignored.text, /Let the time be up now/);
    await request(simulator.app).post(`/app/${token}/time-out`).expect(303);
    assert.match(await settled(simulator, `/app/${token}`), /The time was up/);
  });

  it('close the landing page after five minutes and the app after ten', async () => {
    const first = await opened();
    await first.simulator.control.advanceClock(300);
    assert.match((await request(first.simulator.app).get(first.path)).text, /Too late/);
    const second = await opened();
    second.simulator.control.activate(second.id);
    await second.simulator.control.advanceClock(599);
    assert.match((await request(second.simulator.app).get(second.path)).text, /Do nothing/);
    await second.simulator.control.advanceClock(1);
    assert.match((await request(second.simulator.app).get(second.path)).text, /Paid|Not paid/);
  });

  it('send NO when the PSP has given no public key', async () => {
    const { id, simulator } = await opened({}, { pspPublicKeyPem: undefined });
    simulator.control.activate(id);
    const landingUrl = simulator.control.payment(id)?.landingUrl ?? '';
    const token = new URL(landingUrl).searchParams.get('token') ?? '';
    await request(simulator.app)
      .post(`/app/${token}/pay`)
      .type('form')
      .send({ card: 'visa-debit' });
    await settled(simulator, `/app/${token}`);
    assert.equal(simulator.control.payment(id)?.callbacks[0]?.confirmed, 'NO');
  });

  it('come with a strict content security policy and nothing of a stranger', async () => {
    const { simulator, path } = await opened();
    const page = await request(simulator.app).get(path);
    const policy = String(page.headers['content-security-policy']);
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    await request(simulator.app).get('/simulator.css').expect(200).expect('Content-Type', /css/);
    const countdown = await request(simulator.app).get('/countdown.css?seconds=}body{}');
    assert.match(countdown.text, /run-down 0s/);
    await request(simulator.app).get('/app/nothing').expect(404);
  });

  it('list the newest payments on the phone', async () => {
    const { simulator } = await opened({ paymentText: 'A saddle' });
    assert.match((await request(simulator.app).get('/')).text, /A saddle/);
  });
});
