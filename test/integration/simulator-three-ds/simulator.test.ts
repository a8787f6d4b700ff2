import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../src/shared/clock.ts';
import {
  type RunningThreeDsSimulator,
  startThreeDsSimulator,
} from '../../../src/simulator/three-ds/three-ds-simulator.ts';

const number = '4111111111111111';
let simulator: RunningThreeDsSimulator;
let turn = 0;

before(async () => {
  simulator = await startThreeDsSimulator();
});
after(() => simulator.close());

function aMessage() {
  turn += 1;
  return {
    reference: `payment${turn}-s1`,
    pspTransactionId: `payment${turn}`,
    merchantSerialNumber: '123456',
    merchantName: 'Socks & "shoes"',
    amount: 20_100,
    currency: 'NOK',
    card: { pan: number, expiry: '3012' } as unknown,
    returnUrl: 'http://127.0.0.1:9/3ds/token/return?a=%20b',
  };
}

function send(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return fetch(`${simulator.url}${path}`, {
    method: path === '/control' ? 'PATCH' : 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

interface Begun {
  readonly authenticationId: string;
  readonly challengeUrl: string;
}

async function begin(message = aMessage()): Promise<Begun> {
  const answer = await send('/authentications', message, { 'idempotency-key': message.reference });
  assert.equal(answer.status, 201);
  return (await answer.json()) as Begun;
}

async function statusOf({ authenticationId }: Begun): Promise<unknown> {
  const answer = await fetch(`${simulator.url}/authentications/${authenticationId}`);
  return ((await answer.json()) as { status: unknown }).status;
}

describe('the simulated 3-D Secure server', () => {
  it('refuses messages of the wrong form without quoting them', async () => {
    const bad = [
      { card: undefined },
      { networkToken: { number, expiryMonth: '12', expiryYear: '2030' } },
      { card: { pan: `${number}x`, expiry: '3012' } },
      {
        card: undefined,
        networkToken: { number, expiryMonth: '12', expiryYear: '2030', cryptogram: 'A' },
      },
      { amount: 0 },
      { returnUrl: 'javascript:alert(1)' },
    ];
    for (const change of bad) {
      const message = { ...aMessage(), ...change };
      const answer = await send('/authentications', message, {
        'idempotency-key': message.reference,
      });
      const text = await answer.text();
      assert.equal(answer.status, 400, text);
      assert.ok(!text.includes(number), text);
    }
    const withoutKey = await send('/authentications', aMessage());
    assert.equal(withoutKey.status, 400);
  });

  it('asks on a page that names merchant, amount and card, and needs no script', async () => {
    const { challengeUrl } = await begin();
    const page = await fetch(challengeUrl);
    const markup = await page.text();
    for (const text of ['Socks &amp; &quot;shoes&quot;', 'NOK 201.00', 'ends with 1111']) {
      assert.ok(markup.includes(text), text);
    }
    assert.ok(!markup.includes(number) && !markup.includes('<script'));
    assert.match(page.headers.get('content-security-policy') ?? '', /^default-src 'none'/);
  });

  it('knows no challenge by the id that it gives the provider, nor the other way round', async () => {
    const { authenticationId, challengeUrl } = await begin();
    const key = challengeUrl.split('/').at(-1) ?? '';
    assert.equal((await fetch(`${simulator.url}/challenge/${authenticationId}`)).status, 404);
    assert.equal((await fetch(`${simulator.url}/authentications/${key}`)).status, 404);
  });

  it('ends a challenge once: what comes later changes nothing and leads back', async () => {
    const begun = await begin();
    for (const ending of ['CANCELLED', 'AUTHENTICATED']) {
      const back = await fetch(begun.challengeUrl, {
        method: 'POST',
        body: new URLSearchParams({ ending }),
        redirect: 'manual',
      });
      assert.equal(back.headers.get('location'), 'http://127.0.0.1:9/3ds/token/return?a=%20b');
    }
    const opened = await fetch(begun.challengeUrl, { redirect: 'manual' });
    assert.equal(opened.status, 303);
    assert.equal(await statusOf(begun), 'CANCELLED');
  });

  it('times a challenge out, ends it on order, and has results at once where it is told to', async () => {
    await using short = await startThreeDsSimulator({
      clock: {
        now: () => new Date(nowMs),
        monotonicMs: () => nowMs,
        sleep: () => Promise.resolve(),
        after: (ms, call) => systemClock.after(ms, call),
        abortAfter: (ms) => systemClock.abortAfter(ms),
      },
      challengeSeconds: 60,
    });
    let nowMs = 0;
    const message = aMessage();
    const headers = { 'content-type': 'application/json', 'idempotency-key': message.reference };
    const answer = await fetch(`${short.url}/authentications`, {
      method: 'POST',
      headers,
      body: JSON.stringify(message),
    });
    const { authenticationId } = (await answer.json()) as Begun;
    const status = async () =>
      (
        (await (await fetch(`${short.url}/authentications/${authenticationId}`)).json()) as {
          status: string;
        }
      ).status;
    nowMs = 59_999;
    assert.equal(await status(), 'PENDING');
    nowMs = 60_000;
    assert.equal(await status(), 'TIMED_OUT');

    const ordered = await begin();
    await send(`/control/authentications/${ordered.authenticationId}`, { status: 'FAILED' });
    assert.equal(await statusOf(ordered), 'FAILED');

    await send('/control', { automatic: 'CANCELLED' });
    const automatic = await begin();
    assert.equal((await fetch(automatic.challengeUrl, { redirect: 'manual' })).status, 303);
    assert.equal(await statusOf(automatic), 'CANCELLED');
    await send('/control', { automatic: null });
  });

  it('can send the browser back by a form', async () => {
    await send('/control', { returnsBy: 'POST' });
    const { challengeUrl } = await begin();
    const page = await fetch(challengeUrl, {
      method: 'POST',
      body: new URLSearchParams({ ending: 'AUTHENTICATED' }),
    });
    await send('/control', { returnsBy: 'GET' });
    assert.match(
      await page.text(),
      /<form method="post" action="http:\/\/127\.0\.0\.1:9\/3ds\/token\/return\?a=%20b">/,
    );
  });

  it('misbehaves on order, and only then', async () => {
    const orders = [
      { operation: 'begin', status: 500 },
      { operation: 'begin', cut: true },
      { operation: 'begin', notOffered: true },
    ];
    for (const order of orders)
      assert.equal((await send('/control/misbehaviours', order)).status, 201);
    const message = aMessage();
    const call = () => send('/authentications', message, { 'idempotency-key': message.reference });
    assert.equal((await call()).status, 500);
    await assert.rejects(call());
    assert.equal(((await (await call()).json()) as { status: string }).status, 'NOT_OFFERED');
    assert.equal((await call()).status, 201);
    assert.equal(
      (await send('/control/misbehaviours', { operation: 'begin', cut: true, silent: true }))
        .status,
      400,
    );
    assert.equal((await send('/control', { automatic: 'MAYBE' })).status, 400);
  });

  it('keeps and shows no card number, neither in its lists nor in its log', async () => {
    const child = spawn(
      process.execPath,
      [
        fileURLToPath(new URL('../../../src/simulator/three-ds/main.js', import.meta.url)),
        ...['--port', '0', '--log-level', 'trace'],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { url, ...rest } = JSON.parse(line) as { url: string };
    assert.deepEqual(rest, { event: 'simulator.listening', name: 'three-ds' });
    const message = aMessage();
    const headers = { 'content-type': 'application/json', 'idempotency-key': message.reference };
    for (const body of [message, { ...message, amount: 1.5 }]) {
      await fetch(`${url}/authentications`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
    }
    const listed = await (await fetch(`${url}/control/authentications`)).text();
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
    assert.match(listed, /"lastFour":"1111"/);
    assert.match(said, /three-ds\.begun/);
    assert.ok(!listed.includes(number) && !said.includes(number));
  });
});
