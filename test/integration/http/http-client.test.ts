import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NeverSent, NoAnswer } from '../../../src/http/call-errors.ts';
import { type HttpCall } from '../../../src/http/exchange.ts';
import { createHttpClient } from '../../../src/http/http-client.ts';
import {
  cut,
  half,
  httpDouble,
  json,
  nobodyListens,
  silent,
  text,
  type Behaviour,
} from '../../support/http-double.ts';

const call: HttpCall = { method: 'POST', path: '/x', body: Buffer.from('{}'), timeoutMs: 2_000 };

async function sendTo(behaviour: Behaviour, changes: Partial<HttpCall> = {}) {
  await using double = await httpDouble(behaviour);
  const client = createHttpClient({ baseUrl: double.url, responseBytesMax: 1_000 });
  try {
    return await client.send({ ...call, ...changes });
  } finally {
    await client.close();
  }
}

describe('the HTTP client', () => {
  it('reads status, headers and body, whatever the status', async () => {
    const answer = await sendTo(json(503, { busy: true }));

    assert.equal(answer.status, 503);
    assert.equal(answer.headers['content-type'], 'application/json');
    assert.equal(answer.body.toString(), '{"busy":true}');
  });

  it('puts the prefix of the base URL before the path', async () => {
    await using double = await httpDouble(json(200, {}));
    const client = createHttpClient({ baseUrl: `${double.url}/prefix/` });

    await client.send(call);
    await client.close();

    assert.equal(double.seen[0]?.path, '/prefix/x');
  });

  it('follows no redirect', async () => {
    await using target = await httpDouble(json(200, {}));
    const answer = await sendTo((_request, response) => {
      response.writeHead(307, { location: target.url }).end();
    });

    assert.equal(answer.status, 307);
    assert.equal(target.seen.length, 0);
  });

  it('says never sent when the connection is refused', async () => {
    const client = createHttpClient({ baseUrl: await nobodyListens() });

    await assert.rejects(client.send(call), NeverSent);
    await client.close();
  });

  it('says never sent when the connection cannot be secured', async () => {
    await using plain = await httpDouble(json(200, {}));
    const client = createHttpClient({ baseUrl: plain.url.replace('http:', 'https:') });

    await assert.rejects(client.send(call), NeverSent);
    await client.close();
    assert.equal(plain.seen.length, 0);
  });

  it('says never sent when the caller had left before', async () => {
    await assert.rejects(sendTo(json(200, {}), { signal: AbortSignal.abort() }), NeverSent);
  });

  it('says never sent, and does not send, what was given up while it waited for a connection', async () => {
    let release: () => void = () => undefined;
    await using double = await httpDouble((request, response) => {
      release = () => void json(200, {})(request, response);
    });
    const client = createHttpClient({ baseUrl: double.url, connectionsMax: 1 });
    const first = client.send({ ...call, path: '/first' });
    const leaving = new AbortController();
    const second = client.send({ ...call, path: '/second', signal: leaving.signal });
    while (double.seen.length === 0) await new Promise(setImmediate);

    leaving.abort();
    await assert.rejects(second, NeverSent);
    release();
    assert.equal((await first).status, 200);
    const third = client.send({ ...call, path: '/third' });
    while (double.seen.length === 1) await new Promise(setImmediate);
    release();
    await third;
    await client.close();

    assert.deepEqual(
      double.seen.map((seen) => seen.path),
      ['/first', '/third'],
    );
    assert.equal(double.connections(), 1);
  });

  it('refuses at once what is beyond the number of calls under way', async () => {
    await using double = await httpDouble(silent);
    const client = createHttpClient({ baseUrl: double.url, callsMax: 1 });
    const leaving = new AbortController();
    const first = client.send({ ...call, signal: leaving.signal });

    await assert.rejects(client.send(call), NeverSent);
    leaving.abort();
    await assert.rejects(first);
    await client.close();
  });

  it('says no answer when the connection is cut', async () => {
    await assert.rejects(sendTo(cut), NoAnswer);
  });

  it('says no answer to half an answer', async () => {
    await assert.rejects(sendTo(half(200, { a: 'long enough to be cut in two' })), NoAnswer);
  });

  it('says no answer to what is not HTTP', async () => {
    const answer = sendTo((_request, response) => {
      response.socket?.end('garbage\r\n\r\n');
    });

    await assert.rejects(answer, NoAnswer);
  });

  it('says no answer to silence when the time is over', async () => {
    await assert.rejects(sendTo(silent, { timeoutMs: 500 }), NoAnswer);
  });

  it('says no answer to an answer over the limit', async () => {
    await assert.rejects(sendTo(text(200, 'x'.repeat(1_001))), NoAnswer);
  });

  it('says no answer when the caller leaves after the request did', async () => {
    const leaving = new AbortController();

    const answer = sendTo(
      () => {
        leaving.abort();
      },
      { signal: leaving.signal },
    );

    await assert.rejects(answer, NoAnswer);
  });

  it('sends a request once, also when a kept connection has gone stale', async () => {
    let requests = 0;
    await using double = await httpDouble((request, response) => {
      requests += 1;
      if (requests === 1) void json(200, {})(request, response);
      else response.destroy();
    });
    const client = createHttpClient({ baseUrl: double.url });
    await client.send(call);

    await assert.rejects(client.send(call), NoAnswer);
    await client.close();

    assert.equal(double.seen.length, 2);
  });
});
