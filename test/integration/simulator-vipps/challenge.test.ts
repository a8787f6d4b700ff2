import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import request from 'supertest';
import { type VippsSimulatorOptions } from '../../../src/simulator/vipps/settings.ts';
import {
  createVippsSimulator,
  type VippsSimulator,
} from '../../../src/simulator/vipps/simulator.ts';
import { eventually } from '../../support/eventually.ts';
import {
  accessToken,
  anInit,
  decrypted,
  fail,
  ok,
  postInit,
  postInitV3,
  pspPublicKeyPem,
  type PspReply,
  type ReceivedCall,
  startPsp,
} from './a-payment.ts';

const publicUrl = 'http://127.0.0.1:9080';
const fixedUrl = 'https://www.vipps.no/mobileintercept';
const closing: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Page {
  readonly status?: number;
  readonly location?: string;
  readonly body?: string;
}

/** The PSP's page of the step-up: answers each request as told, and remembers them. */
async function aPage(answer: (path: string, incoming: IncomingMessage, body: string) => Page) {
  const seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      seen.push(`${incoming.method ?? ''} ${incoming.url ?? ''} ${body}`.trim());
      const page = answer(incoming.url ?? '', incoming, body);
      const headers = page.location === undefined ? {} : { Location: page.location };
      outgoing.writeHead(page.status ?? (page.location === undefined ? 200 : 303), headers);
      outgoing.end(page.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

function softDecline(call: ReceivedCall, url3dSecure: string): PspReply {
  return {
    body: {
      errorMessage: { errorId: 1036, errorText: 'Soft Decline' },
      paymentInfo: {
        pspTransactionId: call.body['pspTransactionId'],
        status: 'SOFT_DECLINE',
        url3dSecure,
      },
    },
  };
}

/** A payment whose PSP has asked for a step-up, and answers the call after it as told. */
async function challenged(
  url3dSecure: string,
  traits: {
    readonly version?: 'v2' | 'v3';
    readonly second?: (call: ReceivedCall) => PspReply;
    readonly options?: VippsSimulatorOptions;
    readonly order?: Parameters<VippsSimulator['control']['approve']>[1];
  } = {},
) {
  const usual = { version: 'v3', second: ok, options: {}, order: {} } as const;
  const { version, second, options, order } = { ...usual, ...traits };
  let calls = 0;
  const psp = await startPsp((call) => {
    calls += 1;
    return calls === 1 ? softDecline(call, url3dSecure) : second(call);
  });
  const simulator = createVippsSimulator({
    allowLoopbackCallbacks: true,
    pspPublicKeyPem,
    publicUrl,
    ...options,
  });
  closing.push(psp.close, () => {
    simulator.close();
  });
  const body = anInit({ makePaymentUrl: psp.url });
  const token = await accessToken(simulator);
  const init = version === 'v2' ? postInit : postInitV3;
  await init(simulator, token, body).expect(200);
  const id = String(body['pspTransactionId']);
  assert.equal((await simulator.control.approve(id, order)).state, 'CHALLENGE');
  const operations = psp.calls[0]?.body['operations'] as readonly {
    url: string;
    operation: string;
  }[];
  const urlOf = (operation: string): string =>
    operations.find((each) => each.operation === operation)?.url ?? '';
  const landing = simulator.control.payment(id)?.landingUrl ?? '';
  const app = `/app/${new URL(landing).searchParams.get('token') ?? ''}`;
  return { id, simulator, psp, urlOf, app };
}

/** What a browser does on being sent to one of the simulator's own addresses. */
const arriveAt = (simulator: VippsSimulator, url: string) =>
  request(simulator.app).get(url.slice(publicUrl.length));

describe('the step-up on the simulated app', () => {
  it('opens the PSP’s page as a page of its own', async () => {
    const { simulator, app } = await challenged('https://psp.no/3ds/x?a=%7e');
    const { text } = await request(simulator.app).get(app);
    assert.match(text, /wants to know it is you/);
    assert.doesNotMatch(text, /iframe/);

    const opened = await request(simulator.app).get(`${app}/challenge`);
    assert.equal(opened.status, 303);
    assert.equal(opened.headers['location'], 'https://psp.no/3ds/x?a=%7e');
  });

  for (const end of ['3dssuccess', '3dscancel', '3dsfailure'] as const) {
    it(`takes the customer back at the address of ${end}, and calls once more`, async () => {
      const { id, simulator, psp, urlOf, app } = await challenged('https://psp.no/3ds/x', {
        second: end === '3dssuccess' ? ok : (call) => fail(call, 82, 'Refused by Issuer'),
        order: { card: 'mastercard-debit', paymentInstrument: 'ENCRYPTEDCARD', sessionId: 's' },
      });
      const back = await arriveAt(simulator, urlOf(end));
      assert.equal(back.headers['location'], app);

      const state = end === '3dssuccess' ? 'RESERVED' : 'FAILED';
      await eventually(state, () => Promise.resolve(simulator.control.payment(id)?.state));
      assert.equal(simulator.control.payment(id)?.challenge?.reached, end);
      const [first, second] = psp.calls.map(({ body }) => body);
      assert.equal(psp.calls.length, 2);
      assert.notEqual(second?.['cardData'], first?.['cardData'], 'encrypted afresh');
      assert.match(decrypted(String(second?.['cardData'])), /^5167320000000018,3012,/);
      assert.equal(second?.['paymentState'], 'ACCEPTED');

      await arriveAt(simulator, urlOf(end));
      assert.equal(psp.calls.length, 2, 'coming back again changes nothing');
    });
  }

  it('takes nobody back at an address that is spelt otherwise', async () => {
    const { id, simulator, psp, urlOf, app } = await challenged('https://psp.no/3ds/x');
    const good = urlOf('3dssuccess');
    for (const url of [
      good.replace('%7e%2f', '%7E%2F'),
      good.replace('%7e', '~'),
      good.replace('+', '%20'),
      good.replace('==', '%3D%3D'),
      good.replace('&context', '&amp;context'),
      good.replace('responsecode=OK', 'responsecode=ok'),
      `${good}&more=1`,
    ]) {
      await arriveAt(simulator, url);
      assert.equal(simulator.control.payment(id)?.challenge?.strayed, url);
    }
    assert.equal(simulator.control.payment(id)?.state, 'CHALLENGE');
    assert.equal(psp.calls.length, 1);
    assert.match((await request(simulator.app).get(app)).text, /none of those/);
    await request(simulator.app).get('/mobileintercept?transactionId=1').expect(404);
  });

  it('fails the payment on a second SOFT_DECLINE', async () => {
    const { id, simulator, urlOf } = await challenged('https://psp.no/3ds/x', {
      second: (call) => softDecline(call, 'https://psp.no/3ds/y'),
    });
    await arriveAt(simulator, urlOf('3dssuccess'));
    await eventually('FAILED', () => Promise.resolve(simulator.control.payment(id)?.state));
    assert.equal(simulator.control.payment(id)?.failure, 'BAD_ANSWER');
  });

  it('takes the same SOFT_DECLINE for a duplicate of the first call', async () => {
    const { id, simulator } = await challenged('https://psp.no/3ds/x', {
      second: (call) => softDecline(call, 'https://psp.no/3ds/x'),
    });
    const { callbacks, state } = await simulator.control.fire(id, {
      confirmed: 'YES',
      decides: false,
    });
    assert.equal(callbacks[0]?.verdict, 'CHALLENGE');
    assert.equal(state, 'CHALLENGE');
  });

  it('lets the customer cancel, and runs out of time like any payment', async () => {
    const cancelled = await challenged('https://psp.no/3ds/x', {
      second: (call) => fail(call, 93, 'Status from Vipps:CANCEL'),
    });
    await request(cancelled.simulator.app).post(`${cancelled.app}/cancel`).expect(303);
    const stateOf = () => Promise.resolve(cancelled.simulator.control.payment(cancelled.id)?.state);
    await eventually('FAILED', stateOf);

    const late = await challenged('https://psp.no/3ds/x', {
      second: (call) => fail(call, 93, 'Status from Vipps:TIMEOUT'),
    });
    assert.deepEqual(await late.simulator.control.advanceClock(600), { timeoutsSent: 1 });
    assert.equal(late.simulator.control.payment(late.id)?.failure, 'TIMEOUT');
  });

  it('ends at the fixed address where v2 names none, and the customer says so', async () => {
    const { id, simulator, psp, app } = await challenged('https://psp.no/3ds/x', { version: 'v2' });
    assert.ok(!('operations' in (psp.calls[0]?.body ?? {})));
    await request(simulator.app).get(`${app}/challenge`).expect(303);
    const { text } = await request(simulator.app).get(app);
    assert.ok(text.includes(fixedUrl));

    await request(simulator.app).post(`${app}/came-back`).expect(303);
    await eventually('RESERVED', () => Promise.resolve(simulator.control.payment(id)?.state));
    assert.equal(simulator.control.payment(id)?.challenge?.reached, 'FIXED');
  });

  it('names the addresses on v2 too where it is set to, or ordered to', async () => {
    const set = await challenged('https://psp.no/3ds/x', {
      version: 'v2',
      options: { operationsOnV2: true },
    });
    const ordered = await challenged('https://psp.no/3ds/x', {
      version: 'v2',
      order: { operations: true },
    });
    for (const { id, simulator, urlOf } of [set, ordered]) {
      await arriveAt(simulator, urlOf('3dssuccess'));
      await eventually('RESERVED', () => Promise.resolve(simulator.control.payment(id)?.state));
    }
  });
});

describe('the step-up without a browser', () => {
  const form = (buttons: string): string =>
    `<form method="post" action="/done?x=1&amp;y=2"><input type="hidden" name="n" value="&quot;1&quot;">${buttons}</form>`;
  const three = form(
    '<button name="end" value="approve">Approve</button><button name="end" value="fail">Fail</button><button name="end" value="cancel">Cancel</button>',
  );

  /** A page, a page that goes on by itself, and a bank's page with three ends. */
  async function aBank(ends: Readonly<Record<string, string>>) {
    return aPage((path, _incoming, body) => {
      if (path === '/3ds') return { location: '/3ds/visit' };
      if (path === '/3ds/visit') return { body: form('<button>Go on</button>') };
      if (path.startsWith('/done') && !body.includes('end=')) {
        return { body: '<meta http-equiv="refresh" content="0; url=/bank"><a href="/bank">On</a>' };
      }
      if (path === '/bank') return { body: three };
      return { location: ends[/end=(\w+)/.exec(body)?.[1] ?? ''] ?? '/nowhere' };
    });
  }

  for (const [responsecode, operation, word] of [
    ['OK', '3dssuccess', 'approve'],
    ['cancel', '3dscancel', 'cancel'],
    ['failure', '3dsfailure', 'fail'],
  ] as const) {
    it(`walks to ${operation} over pages that it does not know`, async () => {
      const ends: Record<string, string> = {};
      const bank = await aBank(ends);
      const { id, simulator, psp, urlOf } = await challenged(`${bank.url}/3ds`);
      ends[word] = urlOf(operation);

      const end = await simulator.control.authenticate(id, { responsecode });

      assert.equal(end.reached, operation, end.problem);
      assert.equal(end.finalUrl, urlOf(operation));
      assert.equal(end.state, 'RESERVED');
      assert.equal(end.callbacks.length, 1);
      assert.equal(psp.calls.length, 2);
      assert.ok(
        bank.seen.includes(`POST /done?x=1&y=2 n=%221%22&end=${word}`),
        bank.seen.join('\n'),
      );
    });
  }

  it('walks to the fixed address', async () => {
    const bank = await aBank({ approve: fixedUrl });
    const { id, simulator } = await challenged(`${bank.url}/3ds`, { version: 'v2' });
    const end = await simulator.control.authenticate(id);
    assert.deepEqual([end.reached, end.state], ['FIXED', 'RESERVED']);
  });

  it('makes no call when the page ends elsewhere, or nowhere', async () => {
    const ends: Record<string, string> = {};
    const bank = await aBank(ends);
    const { id, simulator, psp, urlOf } = await challenged(`${bank.url}/3ds`);
    ends['approve'] = urlOf('3dssuccess').replace('%7e', '~');
    const strayed = await simulator.control.authenticate(id);
    assert.equal(strayed.reached, undefined);
    assert.equal(strayed.finalUrl, ends['approve']);

    ends['approve'] = '/nowhere';
    const lost = await simulator.control.authenticate(id);
    assert.equal(lost.reached, undefined);
    assert.ok(lost.problem !== undefined);
    assert.equal(psp.calls.length, 1);
    assert.equal(simulator.control.payment(id)?.state, 'CHALLENGE');
  });

  it('can make the second call early, late, twice, or not at all', async () => {
    const { id, simulator, psp } = await challenged('https://psp.no/3ds/x');
    const none = await simulator.control.authenticate(id, { walk: false, secondCall: false });
    assert.deepEqual(
      [none.reached, none.state, none.callbacks.length],
      ['3dssuccess', 'CHALLENGE', 0],
    );

    const twice = await simulator.control.authenticate(id, { walk: false, duplicates: 1 });
    assert.deepEqual([twice.state, twice.callbacks.length], ['RESERVED', 2]);
    assert.equal(psp.calls.length, 3);
    await assert.rejects(simulator.control.authenticate(id), /no step-up/);
    const late = await simulator.control.fire(id, { confirmed: 'YES' });
    assert.deepEqual([late.state, late.callbacks[0]?.decides], ['RESERVED', false]);
  });

  it('is a call of the control API', async () => {
    const { id, simulator } = await challenged('https://psp.no/3ds/x');
    const path = `/control/payments/${id}/authenticate`;
    await request(simulator.app).post(path).send({ responsecode: 'maybe' }).expect(400);
    await request(simulator.app).post('/control/payments/none/authenticate').expect(404);
    const answer = await request(simulator.app)
      .post(path)
      .send({ responsecode: 'cancel', walk: false });
    assert.equal(answer.status, 200, answer.text);
    assert.equal((answer.body as { reached: string }).reached, '3dscancel');
  });
});
