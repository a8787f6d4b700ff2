import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import request from 'supertest';
import { createHttpAcquirer } from '../../../src/acquirer/http-acquirer/http-acquirer.ts';
import { createPspApi } from '../../../src/psp-api/create-psp-api.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { startAcquirerSimulator } from '../../../src/simulator/acquirer/start-acquirer-simulator.ts';
import { defaultCredentials } from '../../../src/simulator/vipps/settings.ts';
import {
  type RunningVippsSimulator,
  startVippsSimulator,
} from '../../../src/simulator/vipps/start-vipps-simulator.ts';
import { eventually } from '../../support/eventually.ts';
import { scriptedAcquirer } from '../../support/scripted-acquirer.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import { pspKeys } from '../../support/vipps-callback.ts';
import { theOffice } from '../back-office/the-office.ts';

const msn = '123456';
const payments = 24;
const shopsAtOnce = 6;
const amount = { currency: 'NOK', value: 4_900 };

describe('a merchant that is moved between v2 and v3', () => {
  const closers: (() => PromiseLike<unknown>)[] = [];
  let vipps: RunningVippsSimulator;
  let adapter: TestAdapter;
  let office: ReturnType<typeof theOffice>;
  let headers: Record<string, string>;

  before(async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    vipps = await startVippsSimulator({
      merchants: [{ msn }],
      allowLoopbackCallbacks: true,
      pspPublicKeyPem: pspKeys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    });
    const books = await startAcquirerSimulator({ port: 0 });
    const acquirer = createHttpAcquirer({ baseUrl: books.url, clock: systemClock });
    const pspApi = createPspApi({
      baseUrl: vipps.url,
      credentials: {
        clientId: defaultCredentials.clientId,
        clientSecret: new Secret<string>(defaultCredentials.clientSecret),
        subscriptionKey: new Secret<string>(defaultCredentials.subscriptionKey),
        pspId: defaultCredentials.pspId,
      },
      clock: systemClock,
    });
    adapter = await startTestAdapter({
      pspApi,
      acquirer: Object.assign(scriptedAcquirer(), acquirer),
      settings: { publicUrl, deadlineScale: 1 },
    });
    server.on('request', adapter.publicApp);
    closers.push(
      () => adapter[Symbol.asyncDispose](),
      () => pspApi.close(),
      () => acquirer.close(),
      () => books.close(),
      () => vipps.close(),
      () => {
        server.closeAllConnections();
        server.close();
        return once(server, 'close');
      },
    );
    office = theOffice(adapter);
    headers = await credentialsOf(await office.post('/merchants', { msn, name: 'Sokker' }));
  });
  after(async () => {
    for (const close of closers) await close();
  });

  async function credentialsOf({ body }: { readonly body: unknown }) {
    const { credentials } = body as { credentials: Readonly<Record<string, string>> };
    const key = { 'Ocp-Apim-Subscription-Key': credentials['subscriptionKey'] ?? '' };
    const answer = await request(adapter.publicApp)
      .post('/accesstoken/get')
      .set({ ...key, client_id: credentials['clientId'] ?? '' })
      .set('client_secret', credentials['clientSecret'] ?? '');
    const token = (answer.body as { access_token: string }).access_token;
    return { ...key, Authorization: `Bearer ${token}`, 'Merchant-Serial-Number': msn };
  }

  const post = (path: string, body: object) =>
    request(adapter.publicApp)
      .post(`/epayment/v1/payments${path}`)
      .set(headers)
      .set('Idempotency-Key', randomUUID())
      .send(body);

  async function stateOf(reference: string): Promise<string> {
    const answer = await request(adapter.publicApp)
      .get(`/epayment/v1/payments/${reference}`)
      .set(headers);
    return (answer.body as { state: string }).state;
  }

  /** One payment from its creation to its capture, as fast as it goes. */
  async function payOnce(reference: string): Promise<void> {
    const created = await post('', {
      amount,
      paymentMethod: { type: 'WALLET' },
      reference,
      userFlow: 'WEB_REDIRECT',
      returnUrl: 'https://shop.vippsadapter.no/back',
    });
    assert.equal(created.status, 201, created.text);
    const at = vipps.control
      .payments(0, 1_000)
      .find(({ paymentText }) => paymentText === reference);
    assert.ok(at);
    const approved = await vipps.control.approve(at.pspTransactionId, { duplicates: 1 });
    assert.equal(approved.state, 'RESERVED', JSON.stringify(approved.callbacks));
    await eventually('AUTHORIZED', () => stateOf(reference));
    const captured = await post(`/${reference}/capture`, { modificationAmount: amount });
    assert.equal(captured.status, 200, captured.text);
  }

  /** Moves the merchant to and fro until told to stop; answers how often. */
  async function moveUntil(stopped: AbortSignal): Promise<number> {
    let moves = 0;
    while (!stopped.aborted) {
      moves += 1;
      const rail = moves % 2 === 1 ? 'psp-v3' : 'psp-v2';
      assert.equal((await office.patch(`/merchants/${msn}`, { rail })).status, 200);
      await pause(20);
    }
    return moves;
  }

  it('R1 R30 R60 R62 fails no payment of either, and each is captured and reported over its own', async () => {
    const stop = new AbortController();
    const moving = moveUntil(stop.signal);
    const references = Array.from({ length: payments }, (_, n) => `moved-${n}-${randomUUID()}`);
    const waiting = [...references];
    const shop = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await payOnce(next);
    };
    await Promise.all(Array.from({ length: shopsAtOnce }, shop));
    stop.abort();
    assert.ok((await moving) > 10, 'the merchant was moved all the while');

    const known = vipps.control.payments(0, 1_000);
    const versions = new Map(
      known.map(({ pspTransactionId, version }) => [pspTransactionId, version]),
    );
    assert.equal(known.length, payments);
    for (const version of ['v2', 'v3'] as const) {
      const ofVersion = known.filter((one) => one.version === version);
      assert.ok(ofVersion.length > payments / 10, `${ofVersion.length} of ${version}`);
      for (const { makePaymentUrl, callbacks } of ofVersion) {
        assert.equal(new URL(makePaymentUrl).pathname, `/vipps/psp/${version}/makePayment`);
        assert.deepEqual(
          callbacks.flatMap(({ remarks, verdict }) => [...remarks, verdict]),
          ['RESERVED', 'RESERVED'],
        );
      }
    }

    const lines = () =>
      vipps.control
        .statusUpdates(0, 1_000)
        .flatMap(({ version, transactions }) => transactions.map((line) => ({ version, ...line })));
    await eventually(payments, () => Promise.resolve(lines().length));
    for (const { version, pspTransactionId } of lines()) {
      assert.equal(version, versions.get(pspTransactionId), 'over its own version');
    }
    vipps.control.runNightlyBatch();
    const shown = vipps.control.payments(0, 1_000).map(({ capturedAmount }) => capturedAmount);
    assert.deepEqual(new Set(shown), new Set([amount.value]));
  });
});
