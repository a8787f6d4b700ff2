import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import request, { type Response } from 'supertest';
import { rails } from '../../../src/payments/rail.ts';
import { type APayment, aPayment, stateOf } from '../../support/a-payment.ts';
import { eventually } from '../../support/eventually.ts';
import { fail, ok } from '../../support/expected-answer.ts';
import { exchange, listenTo, type ListeningApp } from '../../support/listening-app.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import { authorisationsOf } from '../../support/traces-of-a-payment.ts';
import { encryptCard } from '../../support/vipps-callback.ts';

const bodyBytesMax = 64 * 1024;

describe('The body of a makePayment call', () => {
  let adapter: TestAdapter;
  let listening: ListeningApp;
  let payment: APayment;
  before(async () => {
    adapter = await startTestAdapter();
    listening = await listenTo(adapter.publicApp);
  });
  beforeEach(async () => {
    payment = await aPayment(adapter.database);
  });
  after(async () => {
    await listening[Symbol.asyncDispose]();
    await adapter[Symbol.asyncDispose]();
  });

  /** Bytes as they are, with the right token unless told otherwise. */
  function post(body: string | Buffer, headers: Record<string, string> = {}): Promise<Response> {
    const call = request(adapter.publicApp)
      .post(rails['psp-v2'].makePaymentPath)
      .set('Authorization', payment.token)
      .set('Content-Type', 'application/json')
      .set(headers)
      // Without this the client would write a buffer as JSON of its own.
      .serialize((bytes) => bytes as string);
    return Promise.resolve(call.send(body));
  }

  const good = (further: Record<string, unknown> = {}) => ({
    pspTransactionId: payment.pspTransactionId,
    merchantSerialNumber: payment.msn,
    confirmed: 'YES',
    cardData: encryptCard(),
    ...further,
  });

  async function assertUntouched(): Promise<void> {
    assert.equal(await stateOf(adapter.database, payment), 'CREATED');
    assert.equal(authorisationsOf(adapter.acquirer, payment), 0);
  }

  const unreadable: Readonly<Record<string, string | Buffer>> = {
    'nothing at all': '',
    'no JSON': 'pspTransactionId=abc&confirmed=YES',
    'half of a JSON object': '{"pspTransactionId":"abc"',
    'two JSON objects': '{"pspTransactionId":"abc"}{"pspTransactionId":"abc"}',
    JSON5: "{pspTransactionId: 'abc',}",
    'an array': '[{"pspTransactionId":"abc"}]',
    'a string': '"abc"',
    'a number': '1',
    null: 'null',
    true: 'true',
    'an object without an id': '{"confirmed":"YES"}',
    'an id that is null': '{"pspTransactionId":null}',
    'an id that is a number': '{"pspTransactionId":12345}',
    'an id that is an array': '{"pspTransactionId":["abc"]}',
    'an id that is an object': '{"pspTransactionId":{"toString":"abc"}}',
    'deep nesting and no id': `${'['.repeat(30_000)}${']'.repeat(30_000)}`,
    'NUL bytes': Buffer.alloc(100),
    'random bytes': Buffer.from('fffe00d8000102030405', 'hex'),
    'UTF-16': Buffer.from('{"pspTransactionId":"abc"}', 'utf16le'),
    'members that only look like inherited ones': '{"__proto__":{"pspTransactionId":"abc"}}',
  };
  for (const [name, body] of Object.entries(unreadable)) {
    it(`is answered FAIL 71 with an empty id when it is ${name}`, async () => {
      const answer = await post(body);

      assert.equal(answer.status, 200);
      assert.deepEqual(JSON.parse(answer.text), fail('', 71));
      await assertUntouched();
    });
  }

  const impossible: Readonly<Record<string, string>> = {
    'the empty id': '',
    'an id in upper case': 'ABC',
    'an id with a space': 'abc def',
    'an id with NUL': 'abc\u0000',
    'an id with a lone surrogate': 'abc\ud800',
    'an id in another script': 'абв',
    'an id as long as a book': 'a'.repeat(60_000),
    'an id that means something in SQL': "x' or '1'='1",
    'an id that is a name in JavaScript': 'constructor',
  };
  for (const [name, id] of Object.entries(impossible)) {
    it(`R27 is answered FAIL 71 with the id as it came: ${name}`, async () => {
      const answer = await post(JSON.stringify({ ...good(), pspTransactionId: id }));

      assert.equal(answer.status, 200);
      assert.deepEqual(JSON.parse(answer.text), fail(id, 71));
      await assertUntouched();
    });
  }

  const wrongMembers: Readonly<Record<string, Record<string, unknown>>> = {
    'a serial number that is a number': { merchantSerialNumber: 123456 },
    'no serial number': { merchantSerialNumber: undefined },
    'a serial number of another merchant': { merchantSerialNumber: '12345' },
    'confirmed that is true': { confirmed: true },
    'confirmed that is missing': { confirmed: undefined },
    'confirmed that is empty': { confirmed: '' },
    'confirmed with a look-alike letter': { confirmed: 'YE\u017f' },
    'confirmed that v3 would say': { confirmed: 'ACCEPTED' },
    'cardData that is null': { cardData: null },
    'cardData that is a number': { cardData: 1 },
    'cardData that is an object': { cardData: { encrypted: 'x' } },
  };
  for (const [name, members] of Object.entries(wrongMembers)) {
    it(`R23 is answered FAIL 71, for good, with ${name}`, async () => {
      const answer = await post(JSON.stringify(good(members)));

      assert.deepEqual(JSON.parse(answer.text), fail(payment.pspTransactionId, 71));
      assert.equal(await stateOf(adapter.database, payment), 'FAILED');
      const afterwards = await post(JSON.stringify(good()));
      assert.equal(afterwards.text, answer.text);
      assert.equal(authorisationsOf(adapter.acquirer, payment), 0);
    });
  }

  const asGood: Readonly<
    Record<string, () => readonly [string | Buffer, Record<string, string>?]>
  > = {
    'R22 with unknown members': () => [
      JSON.stringify(good({ amount: 1, currency: 'SEK', operations: 'none', more: [[{}]] })),
    ],
    'R22 with operations as documented': () => [
      JSON.stringify(
        good({ operations: [{ url: 'https://vipps.no/x', operation: '3dssuccess' }] }),
      ),
    ],
    'R22 with a userToken of a recurring payment': () => [
      JSON.stringify(good({ userToken: 'a.b.c' })),
    ],
    'R23 with confirmed in another case': () => [JSON.stringify(good({ confirmed: 'Yes' }))],
    'with a byte order mark': () => [
      Buffer.concat([Buffer.from('efbbbf', 'hex'), Buffer.from(JSON.stringify(good()))]),
    ],
    'with white space around': () => [`\r\n\t ${JSON.stringify(good(), undefined, 2)} \n`],
    'with another content type': () => [JSON.stringify(good()), { 'Content-Type': 'text/plain' }],
    'with a content type that is none': () => [JSON.stringify(good()), { 'Content-Type': ';;' }],
    'with duplicate members, of which the last counts': () => [
      `{"confirmed":"CANCEL","pspTransactionId":"other",${JSON.stringify(good()).slice(1)}`,
    ],
    'with deep nesting in a member that nobody reads': () => [
      `{"deep":${'['.repeat(20_000)}${']'.repeat(20_000)},${JSON.stringify(good()).slice(1)}`,
    ],
    'with a lone surrogate in a member that nobody reads': () => [
      `{"note":"\\ud800",${JSON.stringify(good()).slice(1)}`,
    ],
    'R21 with no header but the token': () => [JSON.stringify(good()), { 'Content-Type': '' }],
    'with hostile headers': () => [
      JSON.stringify(good()),
      {
        'X-Forwarded-For': "' or 1=1 --, ${jndi:ldap://x}",
        'X-Http-Method-Override': 'DELETE',
        Cookie: '__proto__=1; a="%00"',
        Origin: 'null',
        'Accept-Encoding': 'gzip;q=banana',
        Accept: 'text/html',
        Range: 'bytes=0-1',
        'If-None-Match': '*',
        'X-Request-Id': 'line\tbreak',
      },
    ],
    'as large as it may be': () => {
      const bare = JSON.stringify(good({ fill: '' }));
      return [bare.replace('"fill":""', `"fill":"${'x'.repeat(bodyBytesMax - bare.length)}"`)];
    },
  };
  for (const [name, body] of Object.entries(asGood)) {
    it(`is as good as any ${name}`, async () => {
      const answer = await post(...body());

      assert.equal(answer.status, 200);
      assert.deepEqual(JSON.parse(answer.text), ok(payment.pspTransactionId));
      await eventually('AUTHORISED', () => stateOf(adapter.database, payment));
    });
  }

  it('R33 may hold anything in cardData when the customer has not confirmed', async () => {
    const answer = await post(JSON.stringify(good({ confirmed: 'TimeOut', cardData: 17 })));

    assert.deepEqual(
      JSON.parse(answer.text),
      fail(payment.pspTransactionId, 93, 'Status from Vipps:TIMEOUT'),
    );
  });

  it('is not unpacked: what is gzip is unreadable', async () => {
    const answer = await post(gzipSync(JSON.stringify(good())), { 'Content-Encoding': 'gzip' });

    assert.deepEqual(JSON.parse(answer.text), fail('', 71));
    await assertUntouched();
  });

  const head = (lines: readonly string[]) =>
    [
      `POST ${rails['psp-v2'].makePaymentPath} HTTP/1.1`,
      'Host: psp',
      `Authorization: ${payment.token}`,
      ...lines,
    ]
      .join('\r\n')
      .concat('\r\n\r\n');

  it('is refused with 413 when it announces one byte too many', async () => {
    const read = await exchange(
      listening,
      head([`Content-Length: ${bodyBytesMax + 1}`]) + 'x'.repeat(bodyBytesMax + 1),
    );

    assert.match(read, /^HTTP\/1\.1 413 /);
    assert.match(read, /\r\nConnection: close\r\n/);
    await assertUntouched();
  });

  it('is refused with 413 before it is sent, when its sender waits to be asked for it', async () => {
    const read = await exchange(
      listening,
      head([`Content-Length: ${10 * bodyBytesMax}`]),
      /\r\n\r\n/,
    );

    assert.match(read, /^HTTP\/1\.1 413 /);
  });

  it('is refused with 413 when it grows too large in chunks', async () => {
    const chunk = `${(1024).toString(16)}\r\n${'x'.repeat(1024)}\r\n`;
    const read = await exchange(
      listening,
      `${head(['Transfer-Encoding: chunked'])}${chunk.repeat(65)}0\r\n\r\n`,
    );

    assert.match(read, /^HTTP\/1\.1 413 /);
    await assertUntouched();
  });

  it('may come in chunks of one byte', async () => {
    const chunks = JSON.stringify(good()).replaceAll(/./g, '1\r\n$&\r\n');
    const read = await exchange(
      listening,
      `${head(['Transfer-Encoding: chunked'])}${chunks}0\r\n\r\n`,
      /"OK"/,
    );

    assert.match(read, /^HTTP\/1\.1 200 /);
  });

  it('is refused with 408 when it is not complete in time', async () => {
    const begunMs = performance.now();
    const read = await exchange(listening, `${head(['Content-Length: 500'])}{"pspTransactionId":`);

    assert.match(read, /^HTTP\/1\.1 408 /);
    assert.ok(performance.now() - begunMs >= 450, 'a slow sender has half a second, at a tenth');
    await assertUntouched();
  });

  it('costs nothing when its sender goes away in the middle', async () => {
    const socket = await listening.connect();
    socket.write(`${head(['Content-Length: 500'])}{"pspTransactionId":`);
    const closed = listening.newestIsClosed();
    socket.destroy();
    await closed;

    await assertUntouched();
  });

  it('R20 needs the token exactly as it was given', async () => {
    const variants = [
      `Bearer ${payment.token}`,
      payment.token.toLowerCase(),
      payment.token.slice(0, -1),
      `${payment.token}, ${payment.token}`,
      ' ',
      'é',
    ];
    for (const variant of variants) {
      const answer = await post(JSON.stringify(good()), { Authorization: variant });
      assert.deepEqual([answer.status, answer.text], [401, ''], variant);
    }
    await assertUntouched();
  });

  it('R21 needs no header but the token, and what a body cannot do without', async () => {
    const body = JSON.stringify(good());
    const raw = [
      `POST ${rails['psp-v2'].makePaymentPath} HTTP/1.1`,
      'Host: psp.example.com',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `Authorization: ${payment.token}`,
      'Connection: close',
    ];

    const answer = await exchange(listening, `${raw.join('\r\n')}\r\n\r\n${body}`);

    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.ok(answer.endsWith(JSON.stringify(ok(payment.pspTransactionId))), answer);
  });

  const outcomes: Readonly<Record<string, () => Record<string, unknown>>> = {
    'an approval': () => good(),
    'a refusal of ours': () => good({ cardData: 'nonsense' }),
    'a cancel': () => good({ confirmed: 'CANCEL' }),
    'an unknown payment': () => good({ pspTransactionId: 'nobodyknows' }),
  };
  for (const [what, body] of Object.entries(outcomes)) {
    it(`R26 is answered with status 200 and JSON: ${what}`, async () => {
      const { status, headers, text } = await post(JSON.stringify(body()));

      assert.equal(status, 200);
      assert.match(String(headers['content-type']), /^application\/json/);
      assert.equal(Number(headers['content-length']), Buffer.byteLength(text));
      assert.equal(typeof JSON.parse(text), 'object');
    });
  }

  it('R26 echoes the id of a payment whatever it looks like, and a card number in its place never', async () => {
    // Digits as a scheme could have issued them, which one random id in some thousands has in it.
    const cardNumber = '4925000000000004';
    const refused = { confirmed: 'MAYBE', pspTransactionId: cardNumber };
    const stranger = await post(JSON.stringify(good(refused)));
    assert.deepEqual(stranger.body, fail('', 71, 'Invalid request'));

    payment = await aPayment(adapter.database, { pspTransactionId: `a${cardNumber}` });
    const known = await post(JSON.stringify(good({ confirmed: 'MAYBE' })));
    assert.deepEqual(known.body, fail(payment.pspTransactionId, 71, 'Invalid request'));
  });

  for (const method of ['get', 'put', 'delete', 'patch', 'options'] as const) {
    it(`is not looked at by ${method.toUpperCase()}`, async () => {
      const answer = await request(adapter.publicApp)[method](rails['psp-v2'].makePaymentPath);

      assert.ok(answer.status < 500, `${answer.status}`);
      await assertUntouched();
    });
  }
});
