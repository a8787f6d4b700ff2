/**
 * Requests that no client would send, made from what the adapter says that it serves. The same ones
 * each time; HOSTILE_SEED=7 npm test -- hostile-input makes others, and names them when it fails.
 */
import assert from 'node:assert/strict';
import { constants, publicEncrypt } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { cards, plaintextOf, readPublicKey } from './card-data.ts';
import { sendHostile } from './hostile-callers.ts';
import { type Hostility, hostileRequests, routesIn } from './hostile-requests.ts';
import { logsOf } from './leaks.ts';
import { residentMbOf } from './memory.ts';
import { anOrder, type Merchant, openMerchant, send } from './merchant.ts';
import { makeDatabase } from './own-database.ts';
import { type Adapter, makePlace, openedThings, startAdapter } from './programs.ts';
import { openSocket, rawRequest, sendRaw } from './raw-http.ts';
import { startStrangersAcquirer } from './strangers-acquirer.ts';
import { startStrangersVipps, type StrangersVipps } from './strangers-vipps.ts';
import { dumpOf } from './what-is-kept.ts';

const seed = Number(process.env['HOSTILE_SEED'] ?? 1);
const residentMbMax = 400;
const makePayment = '/vipps/psp/v2/makePayment';

/** They change by themselves, every second. */
const restless = new Set(['public.instance', 'public.status_update_lane']);

describe(`Hostile input (HOSTILE_SEED=${seed})`, () => {
  const opened = openedThings();
  let vipps: StrangersVipps;
  let adapter: Adapter;
  let merchant: Merchant;
  let databaseUrl: string;
  let publicRoutes: Hostility['routes'];
  let internalRoutes: Hostility['routes'];
  let goodValues: readonly string[];
  let goodBodies: readonly object[];
  let encrypted: string;

  before(async () => {
    const place = await makePlace();
    opened.add(place.remove);
    const database = await makeDatabase();
    opened.add(database.drop);
    databaseUrl = database.url;
    vipps = await startStrangersVipps('123456');
    opened.add(vipps.close);
    const acquirer = await startStrangersAcquirer();
    opened.add(acquirer.close);
    adapter = await startAdapter(place.directory, {
      DATABASE_URL: database.url,
      VIPPS_API_URL: vipps.url,
      ACQUIRER_URL: acquirer.url,
      DEADLINE_SCALE: '0.1',
    });
    opened.add(() => adapter.stop());
    merchant = await openMerchant(adapter.sandbox);
    const pem = await readPublicKey(adapter.keysDirectory);
    const key = { key: pem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
    encrypted = publicEncrypt(key, Buffer.from(plaintextOf(cards.visa))).toString('base64');
    await gatherWhatIsGood();
  });

  after(async () => {
    // Undefined where it could not be started.
    const started = adapter as Adapter | undefined;
    const memory = started && (await residentMbOf(started.pid));
    await started?.stop();
    const logged = started ? await logsOf(started) : '';
    await opened.closeAll();
    const faults = logged.split('\n').filter((line) => /"event":"[a-z.-]*fault"/.test(line));
    assert.deepEqual(faults, []);
    if (memory) assert.ok(memory.peak < residentMbMax, `${memory.peak} MB`);
  });

  async function gatherWhatIsGood(): Promise<void> {
    const { publicUrl, internalUrl } = adapter.sandbox;
    publicRoutes = routesIn((await send(`${publicUrl}/openapi.json`)).body);
    internalRoutes = routesIn((await send(`${internalUrl}/openapi.json`)).body);
    assert.ok(publicRoutes.length > 8 && internalRoutes.length > 12);
    const references: string[] = [];
    for (let payments = 0; payments < 6; payments += 1) {
      references.push((await merchant.create()).reference);
    }
    const ids = vipps.inits.map(({ pspTransactionId }) => pspTransactionId);
    goodValues = [...references, ...ids, '7654321', '1'];
    const [id = ''] = ids;
    goodBodies = [
      anOrder(),
      { ...anOrder(), reference: references[0], metadata: { a: 'b' } },
      { modificationAmount: { value: 100, currency: 'NOK' } },
      { cancelTransactionOnly: true },
      {
        pspTransactionId: id,
        merchantSerialNumber: '123456',
        confirmed: 'YES',
        cardData: encrypted,
      },
      { pspTransactionId: ids[1], merchantSerialNumber: '123456', confirmed: 'CANCEL' },
      { transactions: [{ pspTransactionId: id, status: 'CAPTURED', amount: 1, currency: 'NOK' }] },
      { msn: '7654321', name: 'A shop', descriptor: 'SHOP', country: 'NO', paymentLimit: 100 },
      { reason: 'It was sent by hand' },
      { formerCredentialsHours: 1 },
    ];
  }

  const wrongCredentials = () => [
    {},
    { Authorization: 'Bearer nonsense', 'Ocp-Apim-Subscription-Key': 'nonsense' },
    { ...merchant.headers, Authorization: 'Bearer a.b.c' },
    { ...merchant.headers, 'Ocp-Apim-Subscription-Key': adapter.sandbox.clientSecret },
    { ...merchant.headers, Authorization: `Bearer ${adapter.sandbox.backOfficeToken}` },
    { Authorization: `Bearer ${merchant.accessToken}` },
    { Authorization: `${String(vipps.inits[0]?.makePaymentToken)}x` },
  ];

  const rightCredentials = () => [
    { ...merchant.headers, 'Idempotency-Key': 'one-key' },
    { ...merchant.headers, 'Idempotency-Key': 'another-key' },
    merchant.headers,
    { Authorization: `Bearer ${adapter.sandbox.backOfficeToken}` },
    ...vipps.inits.slice(0, 3).map(({ makePaymentToken }) => ({ Authorization: makePaymentToken })),
  ];

  async function lookWell(): Promise<void> {
    assert.equal((await send(`${adapter.sandbox.internalUrl}/ready`)).status, 200);
    assert.equal((await merchant.create()).status, 201);
  }

  async function bombard(url: string, hostility: Hostility, count: number): Promise<void> {
    const outcome = await sendHostile(url, hostileRequests(hostility, { seed, count }));
    assert.deepEqual(outcome.violations, []);
    const kinds = [...outcome.statuses].map(([status, times]) => `${times} × ${status}`).join(', ');
    assert.ok(outcome.answers > count / 2, kinds);
    assert.ok(outcome.statuses.size > 3, kinds);
  }

  const withoutTheRestless = (dump: ReadonlyMap<string, Buffer>) =>
    [...dump]
      .filter(([table]) => !restless.has(table))
      .map(([table, copy]) => [table, copy.toString('utf8')]);

  it('changes nothing without the right token, on the public listener', async () => {
    const earlier = await dumpOf(databaseUrl);
    const hostility = {
      routes: publicRoutes,
      credentials: wrongCredentials(),
      goodValues,
      goodBodies,
    };
    await bombard(adapter.sandbox.publicUrl, hostility, 300);
    assert.deepEqual(withoutTheRestless(await dumpOf(databaseUrl)), withoutTheRestless(earlier));
  });

  it('changes nothing without the right token, on the internal one', async () => {
    const earlier = await dumpOf(databaseUrl);
    const hostility = {
      routes: internalRoutes,
      credentials: wrongCredentials(),
      goodValues,
      goodBodies,
    };
    await bombard(adapter.sandbox.internalUrl, hostility, 200);
    assert.deepEqual(withoutTheRestless(await dumpOf(databaseUrl)), withoutTheRestless(earlier));
  });

  it('is never answered with a 500, with the right token, on the public listener', async () => {
    const hostility = {
      routes: publicRoutes,
      credentials: rightCredentials(),
      goodValues,
      goodBodies,
    };
    await bombard(adapter.sandbox.publicUrl, hostility, 400);
    await lookWell();
  });

  it('is never answered with a 500, with the right token, on the internal one', async () => {
    const hostility = {
      routes: internalRoutes,
      credentials: rightCredentials(),
      goodValues,
      goodBodies,
    };
    await bombard(adapter.sandbox.internalUrl, hostility, 300);
    await lookWell();
  });

  /** Where a proxy and the adapter could take the end of a request to be in different places. */
  for (const [what, head] of [
    ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked'],
    ['two lengths', 'Content-Length: 4\r\nContent-Length: 60'],
    ['a length with a sign', 'Content-Length: +4'],
    ['chunks by another name', 'Transfer-Encoding: xchunked'],
    ['chunks twice', 'Transfer-Encoding: chunked, chunked'],
    ['a space before the colon', 'Content-Length : 4'],
    ['a folded line', 'X: a\r\n Content-Length: 4'],
    ['a bare line feed', 'X: a\nContent-Length: 4'],
    ['a NUL', 'X: a\0b'],
  ] as const) {
    it(`takes no request with ${what}`, async () => {
      const hidden = `POST ${makePayment} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`;
      const { statuses, closed } = await sendRaw(adapter.sandbox.publicUrl, [
        `POST ${makePayment} HTTP/1.1\r\nHost: a\r\n${head}\r\n\r\n0\r\n\r\n${hidden}`,
      ]);
      assert.deepEqual(statuses, [400]);
      assert.ok(closed, 'what follows is not looked at');
    });
  }

  it('refuses headers and paths that are too long before it reads on', async () => {
    const { publicUrl } = adapter.sandbox;
    const long = 'x'.repeat(20_000);
    const header = rawRequest({ path: makePayment, headers: { 'X-Long': long } });
    assert.deepEqual((await sendRaw(publicUrl, [header])).statuses, [431]);
    const path = rawRequest({ method: 'GET', path: `/${long}` });
    assert.deepEqual((await sendRaw(publicUrl, [path])).statuses, [431]);
    const headers = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, at) => [`X-A-Header-Number-${at}`, '']),
    );
    assert.deepEqual(
      (await sendRaw(publicUrl, [rawRequest({ path: '/', headers })])).statuses,
      [431],
    );
  });

  it('answers one caller among many that begin and do not go on', async () => {
    const { publicUrl } = adapter.sandbox;
    const head = `POST ${makePayment} HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n{`;
    const idle = await Promise.all(
      Array.from({ length: 300 }, async (_, at) => {
        const socket = await openSocket(publicUrl);
        // Half of them do not even finish the first line.
        socket.write(at % 2 === 0 ? head : 'POST /vipps');
        return socket;
      }),
    );
    await lookWell();
    for (const socket of idle) socket.destroy();
  });

  it('R44 gives one answer for whatever is wrong with card data', async () => {
    const noise = (length: number) => Buffer.alloc(length, 7).toString('base64');
    const seen = new Set<string>();
    for (const cardData of [
      '',
      ' ',
      'é',
      '\0',
      '\ud800',
      'x'.repeat(60_000),
      noise(255),
      noise(256),
      noise(257),
      Buffer.alloc(256, 0xff).toString('base64'),
      encrypted.replace(/.$/, ''),
      `${encrypted}\n`,
      ` ${encrypted}`,
      encrypted.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''),
      Buffer.from(encrypted).toString('base64'),
      `${encrypted},${encrypted}`,
    ]) {
      await merchant.create();
      const init = vipps.inits.at(-1);
      assert.ok(init);
      const answer = await vipps.makePayment(init, { cardData });
      seen.add(`${answer?.status} ${answer?.text.replace(init.pspTransactionId, 'ID')}`);
    }
    assert.deepEqual(
      [...seen],
      [
        '200 {"errorMessage":{"errorId":92,"errorText":"Unable to decrypt"},"paymentInfo":{"pspTransactionId":"ID","status":"FAIL"}}',
      ],
    );
  });
});
