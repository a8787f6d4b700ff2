/**
 * Card numbers and secrets that exist nowhere else are put into everything that the program takes,
 * on the ways that succeed and on those that fail, and then looked for in everything that it keeps or
 * gives away. In each place one is planted that must be found: a search that finds nothing is no proof.
 */
import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Canaries, createCanaries } from './canaries.ts';
import { plaintextOf, readPublicKey } from './card-data.ts';
import { logsOf, type Secrets, searchFor } from './leaks.ts';
import {
  anOrder,
  type HttpAnswer,
  type Merchant,
  newReference,
  openMerchant,
  send,
} from './merchant.ts';
import { makeDatabase, query } from './own-database.ts';
import {
  type Adapter,
  eventually,
  makePlace,
  openedThings,
  startAdapter,
  type Variables,
} from './programs.ts';
import { rawRequest, sendRaw } from './raw-http.ts';
import { startStrangersAcquirer, type StrangersAcquirer } from './strangers-acquirer.ts';
import { startStrangersThreeDs, type StrangersThreeDs } from './strangers-three-ds.ts';
import {
  type Callback,
  type Init,
  type ReceivedCall,
  startStrangersVipps,
  type StrangersVipps,
} from './strangers-vipps.ts';
import { dumpOf, filesIn, keepWal, walSince } from './what-is-kept.ts';

/** The deadlines at a tenth: 1.2 s for the acquirer, half a second for a body. */
const deadlineScale = 0.1;
const planted = 'planted';
const makePayment = '/vipps/psp/v2/makePayment';

describe('Canaries', () => {
  const opened = openedThings();
  let publicKey = '';
  const canaries: Canaries = createCanaries(() => publicKey);
  /** Everything that was answered, but for the two answers whose purpose is to tell a secret. */
  const answers: string[] = [];
  /** What the first process said before it was killed. */
  const earlierLogs: string[] = [];
  let directory: string;
  let variables: Variables;
  let databaseUrl: string;
  let walBegan: string;
  let vipps: StrangersVipps;
  let acquirer: StrangersAcquirer;
  let threeDs: StrangersThreeDs;
  let adapter: Adapter;
  let merchant: Merchant;
  let everything: Secrets;
  let snapshot: Buffer;
  let files: ReadonlyMap<string, Buffer>;
  let stopped = false;

  before(async () => {
    const place = await makePlace();
    directory = place.directory;
    opened.add(place.remove);
    vipps = await startStrangersVipps('123456');
    opened.add(vipps.close);
    acquirer = await startStrangersAcquirer();
    opened.add(acquirer.close);
    threeDs = await startStrangersThreeDs();
    opened.add(threeDs.close);
    const database = await makeDatabase();
    opened.add(database.drop);
    databaseUrl = database.url;
    const wal = await keepWal();
    opened.add(wal.letGo);
    walBegan = wal.since;
    variables = await variablesOfRun();
    adapter = await startAdapter(directory, variables);
    opened.add(() => adapter.stop());
    publicKey = await readPublicKey(adapter.keysDirectory, {
      KEYS_PASSPHRASE: variables['KEYS_PASSPHRASE'] ?? '',
    });
    merchant = await openMerchant(adapter.sandbox);

    const interrupted = await killInTheMiddle();
    earlierLogs.push(await logsOf(adapter));
    adapter = await startAdapter(directory, variables);
    await eventually(
      () => reversalsOf(interrupted),
      (reversals) => reversals.length > 0,
    );

    await callAsVipps();
    await callAsVippsV3();
    await stepUp();
    await answerAsBadAcquirer();
    await callAsMerchant();
    await answerAsBadVipps();
    await callAsBackOffice();
    await callAsAnybody();
    await breakTheDatabase();
    await openTheBreaker();
    await readEverything();
    await aCardFreeRequest();
    snapshot = await takeSnapshot();
    files = await filesIn(adapter.dataDirectory);
    plantTheRest();
    everything = secretsOfTheRun();
  });

  after(async () => {
    await opened.closeAll();
  });

  // ---- what is searched

  it('R46 the answers hold none, and neither do the documents, the pages and the timelines', () => {
    assert.ok(answers.length > 150, `${answers.length} answers`);
    assert.deepEqual(found(Buffer.from(answers.join('\n'))), [planted]);
  });

  it('R46 the log holds none, at its most talkative, of the process that was killed and of the next', async () => {
    await stopAll();
    const logs = [...earlierLogs, await logsOf(adapter)].join('\n');
    assert.match(logs, /"event":"authorisation.unknown"/);
    assert.match(logs, /"event":"leg.not-opened"/);
    assert.deepEqual(found(Buffer.from(logs)), []);
    assert.deepEqual(found(Buffer.from(`${logs}${everything[planted]?.join('')}`)), [planted]);
  });

  it('R46 the heap holds no card data after the answer', () => {
    const search = searchFor({ ...canaries.cards, [planted]: everything[planted] ?? [] });
    assert.ok(snapshot.length > 5_000_000, `${snapshot.length} bytes`);
    assert.deepEqual(search(snapshot), [planted]);
  });

  it('Vipps is sent no card data, and the acquirer none but with what it authorises', () => {
    const search = searchFor(canaries.cards);
    assert.deepEqual(search(Buffer.from(JSON.stringify(vipps.calls))), []);
    const others = acquirer.messages.filter((message) => message.path !== '/authorisations');
    assert.deepEqual(search(Buffer.from(JSON.stringify(others))), []);
    assert.ok(search(Buffer.from(JSON.stringify(acquirer.messages))).includes('an approval'));
  });

  it('R46 no table holds any', async () => {
    await query(databaseUrl, 'create table planted (here text)');
    await query(databaseUrl, `insert into planted values ('${String(everything[planted]?.[0])}')`);
    const dump = await dumpOf(databaseUrl);
    assert.ok([...dump.values()].filter((table) => table.length > 0).length > 10);
    const cards = searchFor(canaries.cards);
    const all = searchFor(everything);
    for (const [table, copy] of dump) {
      // Outside production the sandbox's own credentials are kept where every copy can read them.
      const isSandbox = table.startsWith('public.sandbox');
      assert.deepEqual(
        (isSandbox ? cards : all)(copy),
        table === 'public.planted' ? [planted] : [],
        table,
      );
    }
    assert.ok(dump.has('public.planted'));
  });

  it('R46 the write-ahead log holds none, what was rolled back included', async () => {
    const search = searchFor(withoutTheSandboxOwn());
    const found = new Set<string>();
    // As may happen at any moment while other tests run: what is read is kept all the same.
    await query(databaseUrl, 'select pg_switch_wal()');
    await query(databaseUrl, 'checkpoint');
    for await (const part of walSince(databaseUrl, walBegan))
      search(part).forEach((name) => found.add(name));
    assert.deepEqual([...found], [planted]);
  });

  it('R46 no other file that the adapter wrote holds any, but for the one with the credentials', () => {
    const search = searchFor(everything);
    const holding = [...files]
      .filter(([file]) => file !== 'sandbox.json')
      .flatMap(([file, bytes]) => search(bytes).map((name) => `${file} ${name}`));
    assert.deepEqual(holding, []);
    const credentials = files.get('sandbox.json');
    assert.ok(credentials);
    assert.deepEqual(searchFor(canaries.cards)(credentials), []);
    assert.ok(found(credentials).includes('back office token'), 'a search that finds');
  });

  const found = (bytes: Buffer): readonly string[] => searchFor(everything)(bytes);

  function secretsOfTheRun(): Secrets {
    const { sandbox } = adapter;
    return {
      ...canaries.cards,
      ...canaries.secrets,
      'makePayment token': vipps.inits.map(({ makePaymentToken }) => makePaymentToken),
      'access token of Vipps': vipps.accessTokens,
      'access token of the merchant': [merchant.accessToken],
      'client secret': [sandbox.clientSecret],
      'subscription key': [sandbox.subscriptionKey],
      'back office token': [sandbox.backOfficeToken],
      'password of the database': [new URL(sandbox.databaseUrl).password],
    };
  }

  /** Of the sandbox's table it is promised that it holds these. */
  function withoutTheSandboxOwn(): Secrets {
    const { sandbox } = adapter;
    const own = new Set([
      sandbox.clientSecret,
      sandbox.subscriptionKey,
      new URL(sandbox.databaseUrl).password,
    ]);
    return Object.fromEntries(
      Object.entries(everything).map(([name, values]) => [
        name,
        values.filter((value) => !own.has(value)),
      ]),
    );
  }

  // ---- the ways in

  async function variablesOfRun(): Promise<Variables> {
    const heapOnSignal = new URL('./heap-on-signal.js', import.meta.url).href;
    return {
      DATABASE_URL: databaseUrl,
      VIPPS_API_URL: vipps.url,
      ACQUIRER_URL: acquirer.url,
      THREE_DS_URL: threeDs.url,
      DEADLINE_SCALE: String(deadlineScale),
      ACQUIRER_PROCESSING_MAX_MS: '3000',
      PAYMENT_EXPIRY_SECONDS: '600',
      PUBLIC_PORT: String(await freePort()),
      VIPPS_CLIENT_ID: 'the-psp',
      VIPPS_CLIENT_SECRET: canaries.secret('client secret at Vipps'),
      VIPPS_SUBSCRIPTION_KEY: canaries.secret('subscription key at Vipps'),
      BACK_OFFICE_TOKEN: canaries.secret('back office token'),
      ACCESS_TOKEN_KEY: canaries.secret('access token key'),
      KEYS_PASSPHRASE: canaries.secret('passphrase of the keys'),
      NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${heapOnSignal}`,
      HEAP_SNAPSHOT_FILE: path.join(directory, 'heap.heapsnapshot'),
      HEAP_PLANTED: canaries.card(planted),
    };
  }

  /** The process is killed while the acquirer has the card, and another finishes what it began. */
  async function killInTheMiddle(): Promise<Init> {
    acquirer.behave(44_00, { kind: 'SILENT' });
    const init = await initiate(44_00);
    const call = vipps
      .makePayment(init, { cardData: canaries.cardData('a crash') })
      .catch(() => undefined);
    await eventually(
      () => acquirer.messages.length,
      (count) => count > 0,
    );
    adapter.kill('SIGKILL');
    await adapter.ended;
    await call;
    return init;
  }

  const reversalsOf = (init: Init) =>
    acquirer.messages.filter(
      ({ path: at, body }) =>
        at === '/reversals' && body['pspTransactionId'] === init.pspTransactionId,
    );

  async function callAsVipps(): Promise<void> {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
    const otherKey = other.export({ type: 'spki', format: 'pem' }).toString();
    const callbacks: readonly Callback[] = [
      { cardData: canaries.cardData('an approval') },
      { cardData: canaries.cardData('a cancel'), confirmed: 'CANCEL' },
      { cardData: canaries.cardData('a timeout'), confirmed: 'TIMEOUT' },
      { cardData: canaries.cardData('a no'), confirmed: 'NO' },
      { cardData: canaries.cardData('another merchant'), merchantSerialNumber: '999999' },
      {
        cardData: canaries.cardData('a wrong token'),
        authorization: canaries.secret('a wrong token'),
      },
      { cardData: canaries.cardData('no token'), authorization: null },
      { cardData: canaries.card('an open card number') },
      { cardData: plaintextOf({ number: canaries.card('an open card'), expiry: '3012' }) },
      { cardData: { pan: canaries.card('a card in an object') } },
      { cardData: [canaries.card('a card in a list')] },
      { cardData: Number(canaries.card('a card as a number')) },
      { confirmed: canaries.card('confirmed') },
      { merchantSerialNumber: canaries.card('merchant serial number') },
      { cardData: canaries.cardData('PKCS#1', { padding: constants.RSA_PKCS1_PADDING }) },
      { cardData: canaries.cardData('another hash', { oaepHash: 'sha1' }) },
      { cardData: canaries.cardData('another key', { publicKey: otherKey }) },
      {
        cardData: canaries.cardData('month 13', {
          plaintext: ({ number }, id) => `${number},3013,${id}`,
        }),
      },
      {
        cardData: canaries.cardData('no commas', {
          plaintext: ({ number }, id) => `${number};3012;${id}`,
        }),
      },
      {
        cardData: canaries.cardData('too much', {
          plaintext: ({ number }, id) => `${number},3012,${id},1`,
        }),
      },
      { cardData: canaries.cardData('cut').slice(0, -4) },
      { cardData: ` ${canaries.cardData('a space')}` },
    ];
    for (const callback of callbacks) await callBack(await initiate(), callback);
    for (const body of bodiesOfVipps()) {
      const init = await initiate();
      await callBack(init, { rawBody: body(init) });
    }
    await duplicates();
    await brokenCalls();
  }

  /** Bodies that are no good, or hold more than they should. */
  function bodiesOfVipps(): readonly ((init: Init) => string)[] {
    const whole = ({ pspTransactionId }: Init, more: object) =>
      JSON.stringify({
        pspTransactionId,
        merchantSerialNumber: '123456',
        confirmed: 'YES',
        ...more,
      });
    return [
      () => `{"cardData":"${canaries.card('cut JSON')}"`,
      () => `["${canaries.card('a list')}"]`,
      () => `"${canaries.card('a text')}"`,
      () => canaries.card('a number'),
      () => JSON.stringify({ pspTransactionId: canaries.card('an id') }),
      () => JSON.stringify({ pspTransactionId: `${canaries.card('an id with more')}x` }),
      () => JSON.stringify({ pspTransactionId: Number(canaries.card('an id as a number')) }),
      () => JSON.stringify({ pspTransactionId: 'unknown', cardData: canaries.cardData('unknown') }),
      (init) => whole(init, { [canaries.card('a name')]: 1, cardData: canaries.card('a name') }),
      (init) =>
        whole(init, {
          userToken: canaries.secret('user token'),
          networkToken: {
            number: canaries.card('network token'),
            cryptogram: canaries.cryptogram('cryptogram'),
            expiryMonth: '12',
            expiryYear: '2030',
          },
        }),
      (init) => `${' '.repeat(70_000)}${whole(init, { cardData: canaries.cardData('413') })}`,
    ];
  }

  async function duplicates(): Promise<void> {
    const init = await initiate();
    const cardData = canaries.cardData('duplicates');
    const calls = Array.from({ length: 3 }, () => callBack(init, { cardData }));
    await Promise.all(calls);
    await callBack(init, { cardData });
    await callBack(init, { cardData: canaries.cardData('a later call') });
    await callBack(init, { confirmed: 'CANCEL', cardData: canaries.cardData('a later cancel') });
  }

  /** Callers that are slow, cut the connection, or send to the wrong place. */
  async function brokenCalls(): Promise<void> {
    const { publicUrl } = adapter.sandbox;
    const request = (init: Init, more: object, path_ = makePayment, headers = {}) => {
      const { pspTransactionId } = init;
      const body = { pspTransactionId, merchantSerialNumber: '123456', confirmed: 'YES', ...more };
      return rawRequest({
        path: path_,
        headers: {
          'Content-Type': 'application/json',
          Authorization: init.makePaymentToken,
          ...headers,
        },
        body: JSON.stringify(body),
      });
    };
    const card = (where: string) => ({ cardData: canaries.cardData(where) });
    const slow = request(await initiate(), card('408'));
    const cut = request(await initiate(), card('a cut body'));
    acquirer.behave(45_00, { kind: 'APPROVE_LATE', afterMs: 300 });
    const left = request(await initiate(45_00), card('a caller that leaves'));
    const url = canaries.card('the query');
    const raw = await Promise.all([
      sendRaw(publicUrl, [slow.subarray(0, -40)], { withinMs: 2_000 }),
      sendRaw(publicUrl, [cut.subarray(0, -40)], { cut: true, withinMs: 100 }),
      sendRaw(publicUrl, [left, 100], { cut: true, withinMs: 100 }),
      sendRaw(publicUrl, [
        request(await initiate(), card('the query'), `${makePayment}?pan=${url}`),
      ]),
      sendRaw(publicUrl, [
        request(await initiate(), card('another path'), '/vipps/psp/v1/makePayment'),
      ]),
      sendRaw(publicUrl, [request(await initiate(), card('v3'), '/vipps/psp/v3/makePayment')]),
      sendRaw(publicUrl, [
        request(await initiate(), card('a header'), makePayment, {
          'X-Card': canaries.card('a header'),
          [`X-${canaries.card('the name of a header')}`]: '1',
          Cookie: `pan=${canaries.card('a cookie')}`,
          'User-Agent': canaries.card('the user agent'),
          'Content-Type': `application/json; charset=${canaries.card('the charset')}`,
        }),
      ]),
      sendRaw(publicUrl, [`${canaries.card('the request line')} / HTTP/1.1\r\n\r\n`]),
      sendRaw(publicUrl, [`GET / HTTP/1.1\r\nHost: a\r\n${canaries.card('no header')}\r\n\r\n`]),
    ]);
    answers.push(...raw.map(({ text }) => text));
    assert.equal(raw[0].statuses[0], 408);
  }

  /** Network tokens, their numbers and cryptograms, good and bad, in the right place and in others. */
  async function callAsVippsV3(): Promise<void> {
    record(await office('PATCH', '/merchants/123456', { rail: 'psp-v3' }));
    const token = (where: string) => ({
      number: canaries.card(where),
      cryptogram: canaries.cryptogram(where),
      expiryMonth: '12',
      expiryYear: '2030',
      tokenType: 'VISA',
      eci: '07',
    });
    const accepted = { paymentState: 'ACCEPTED', paymentInstrument: 'TOKEN', binNumber: '492500' };
    const bodies: readonly object[] = [
      { ...accepted, networkToken: token('a token'), userToken: canaries.secret('a user token') },
      { ...accepted, networkToken: { ...token('a token of no scheme'), tokenType: 'NONE' } },
      { ...accepted, networkToken: { ...token('a token, expired'), expiryMonth: '13' } },
      { ...accepted, networkToken: { ...token('an open cryptogram'), number: 'x' } },
      { ...accepted, networkToken: [token('a list of tokens')] },
      { ...accepted, networkToken: { inner: token('a token too deep') } },
      { ...accepted, networkToken: canaries.card('a token as a text') },
      { ...accepted, binNumber: canaries.card('bin number'), networkToken: token('a long bin') },
      { ...accepted, networkToken: { ...token('eci'), eci: canaries.card('eci') } },
      {
        ...accepted,
        paymentInstrument: canaries.card('instrument'),
        networkToken: token('instrument'),
      },
      { ...accepted, paymentState: 'USER_CANCEL', networkToken: token('a cancel with a token') },
      {
        ...accepted,
        paymentInstrument: 'ENCRYPTEDCARD',
        cardData: canaries.cardData('v3 card data'),
      },
      {
        ...accepted,
        networkToken: token('return URLs'),
        operations: [
          {
            operation: '3dssuccess',
            url: `https://vipps.no/x?pan=${canaries.card('a return URL')}`,
          },
        ],
      },
    ];
    for (const more of bodies) {
      const init = await initiate();
      assert.match(init.makePaymentUrl, /v3/);
      const { pspTransactionId } = init;
      await callBack(init, {
        rawBody: JSON.stringify({ pspTransactionId, merchantSerialNumber: '123456', ...more }),
      });
    }
    const wrong = await initiate();
    const { pspTransactionId } = wrong;
    const unproven = { ...accepted, pspTransactionId, networkToken: token('an unproven caller') };
    await callBack(wrong, {
      authorization: canaries.secret('another wrong token'),
      rawBody: JSON.stringify({ merchantSerialNumber: '123456', ...unproven }),
    });
    await callBack(wrong, { rawBody: JSON.stringify(unproven).slice(0, -3) });
    record(await office('PATCH', '/merchants/123456', { rail: 'psp-v2' }));
  }

  /** The proof of a step-up is card data: it authorises once, and is good for nobody afterwards. */
  async function stepUp(): Promise<void> {
    const amount = 46_00;
    const cardData = (where: string) => ({ cardData: canaries.cardData(where) });
    const echo = (where: string) => canaries.cryptogram(`the 3-D Secure server: ${where}`);
    const proof = { status: 'AUTHENTICATED', eci: '05', transactionId: randomUUID() };
    threeDs.sayAtFirst({ acsMessage: echo('a member of its own'), pan: canaries.card('an echo') });
    for (const result of [
      { ...proof, authenticationValue: echo('the proof'), message: echo('a message') },
      { ...proof, authenticationValue: `${echo('a proof that is none')}!` },
      { ...proof, authenticationValue: echo('of another'), authenticationId: echo('another id') },
      { ...proof, authenticationValue: echo('a wrong ECI'), eci: canaries.card('ECI') },
      { status: echo('a status'), transactionId: echo('a transaction id') },
      `{"error":"${echo('an error')}"}`,
    ]) {
      acquirer.behave(amount, {
        kind: 'ANSWER',
        members: { approved: false, responseCode: '1A' },
      });
      const init = await initiate(amount);
      const first = await callBack(init, cardData('a soft decline'));
      const { url3dSecure } = (first as { paymentInfo: { url3dSecure: string } }).paymentInfo;
      threeDs.say(result);
      await identify(url3dSecure);
      acquirer.behave(amount, { kind: 'ANSWER', members: {} });
      await callBack(init, cardData('a call after a step-up'));
    }
    assert.ok(
      acquirer.messages.some(({ body }) => 'threeDs' in body),
      'a proof was used',
    );
    threeDs.say({ status: 'PENDING' });
  }

  /** As a browser without scripts would: the page, its button, and back from the bank. */
  async function identify(url3dSecure: string): Promise<void> {
    const arrived = record(await send(url3dSecure));
    const page = new URL(String(arrived.headers.get('location')), url3dSecure).href;
    record(await send(page));
    record(await send(page, { method: 'POST' }));
    record(await send(`${page}/on`));
    record(await send(`${url3dSecure}/return`));
  }

  async function answerAsBadAcquirer(): Promise<void> {
    const echo = (where: string) => canaries.card(`the acquirer's answer: ${where}`);
    const answered = (members: object) => ({ kind: 'ANSWER', members: { ...members } }) as const;
    const text = (status: number, said: string) => ({ kind: 'TEXT', status, text: said }) as const;
    const declined = { approved: false, responseCode: '05' };
    const ways = [
      answered({ ...declined, message: echo('a message'), rrn: echo('rrn') }),
      answered({ authorisationCode: echo('code'), rrn: echo('rrn of an approval') }),
      answered({ authorisationCode: `A ${echo('within the code')} B`, extra: echo('extra') }),
      answered({ reference: echo('reference') }),
      answered({ currency: echo('currency') }),
      answered({ responseCode: echo('response code') }),
      answered({ responseCode: echo('half a response code').slice(0, 8) }),
      answered({ ...declined, responseCode: '1A', acs: echo('step-up') }),
      text(500, JSON.stringify({ error: `card ${echo('500')} failed` })),
      text(400, echo('400')),
      text(200, `{"pan":"${echo('no JSON')}"`),
      text(200, `"${echo('a text')}"`),
      text(302, echo('302')),
      { kind: 'APPROVE_AND_CUT' },
      { kind: 'SILENT' },
      { kind: 'APPROVE_LATE', afterMs: 1_500 },
    ] as const;
    await Promise.all(
      ways.map(async (how, number) => {
        const amount = 50_00 + number;
        acquirer.behave(amount, how);
        const cardData = canaries.cardData(`an acquirer's answer of kind ${how.kind}`);
        await callBack(await initiate(amount), { cardData });
      }),
    );
    acquirer.sayBesides({ rrn: echo('a capture'), message: echo('a message of a capture') });
    const paid = await pay('a capture');
    await capture(paid.reference);
    await callBack(paid.init, { cardData: canaries.cardData('after the capture') });
    acquirer.sayBesides({ responseCode: echo('a refused capture'), approved: echo('a yes') });
    await capture((await pay('a capture of unknown outcome')).reference);
    acquirer.sayBesides({});
  }

  async function callAsMerchant(): Promise<void> {
    const card = (where: string) => canaries.card(`an order: ${where}`);
    const withGroups = (number: string) => number.replaceAll(/\d{4}(?!$)/g, '$& ');
    const orders: readonly object[] = [
      { reference: card('reference') },
      { paymentDescription: `Paid with ${card('description')}` },
      { paymentDescription: withGroups(card('description in groups')) },
      { metadata: { card: card('metadata') } },
      { metadata: { [card('name of metadata')]: 'x' } },
      { returnUrl: `https://shop.vippsadapter.no/back?pan=${card('return URL')}` },
      { customer: { phoneNumber: card('phone number') } },
      { customer: { personalQr: card('QR') } },
      { userFlow: card('user flow') },
      { paymentMethod: { type: card('type') } },
      { paymentMethod: { type: 'CARD', number: card('CARD') } },
      { paymentMethod: { type: 'WALLET', blockedSources: [card('blocked sources')] } },
      { amount: { value: Number(card('amount')), currency: 'NOK' } },
      { amount: { value: 100, currency: card('currency') } },
      {
        [card('unknown member')]: card('unknown member'),
        cardPassthrough: { pan: card('passthrough') },
      },
      {
        receipt: { orderLines: [{ name: card('receipt') }] },
        industryData: { pan: card('industry') },
      },
    ];
    for (const order of orders) record(await merchant.post('', { ...anOrder(), ...order }));
    for (const body of [
      `{"pan":"${card('cut JSON')}`,
      `"${card('text')}"`,
      `{"x":"${card('413')}${'y'.repeat(300_000)}"}`,
    ]) {
      record(await merchant.post('', body));
    }
    const headers = [
      { 'Idempotency-Key': card('key') },
      { 'Idempotency-Key': `${card('long key')}${'k'.repeat(50)}` },
      { 'Ocp-Apim-Subscription-Key': canaries.secret('a wrong subscription key') },
      { Authorization: `Bearer ${canaries.secret('a wrong access token')}` },
      { Authorization: `Bearer ${merchant.accessToken}x` },
      { 'Merchant-Serial-Number': card('merchant serial number') },
      { 'Content-Type': card('content type') },
      { 'Content-Encoding': card('content encoding') },
    ];
    for (const more of headers) record(await merchant.post('', anOrder(), more));
    const { publicUrl } = adapter.sandbox;
    const wrong = {
      client_id: card('client id'),
      client_secret: canaries.secret('a wrong client secret'),
    };
    const key = { 'Ocp-Apim-Subscription-Key': adapter.sandbox.subscriptionKey };
    record(
      await send(`${publicUrl}/accesstoken/get`, { method: 'POST', headers: { ...wrong, ...key } }),
    );
    await askForCards(card);
    await changeWithCards(card);
  }

  async function askForCards(card: (where: string) => string): Promise<void> {
    const encoded = (text: string) => Buffer.from(text).toString('hex').replaceAll(/../g, '%$&');
    const base = `${adapter.sandbox.publicUrl}/epayment/v1`;
    for (const at of [
      `/payments/${card('path')}`,
      `/payments/${encoded(card('encoded path'))}`,
      `/payments/${card('path of events')}/events`,
      `/payments/${withDashes(card('path in groups'))}`,
      `/${card('path of nothing')}`,
      `//${card('path of nothing')}//x`,
      `/payments/x?pan=${card('query')}`,
      `/payments/%${card('no encoding')}%`,
    ]) {
      record(await send(`${base}${at}`, { headers: merchant.headers }));
    }
  }

  const withDashes = (number: string) => number.replaceAll(/\d{4}(?!$)/g, '$&-');

  async function changeWithCards(card: (where: string) => string): Promise<void> {
    const { reference } = await pay('a payment that is changed');
    const amount = { modificationAmount: { value: 100, currency: 'NOK' } };
    for (const [at, body, headers] of [
      [
        `/${reference}/capture`,
        { modificationAmount: { value: 100, currency: card('currency of a capture') } },
        {},
      ],
      [`/${reference}/capture`, { ...amount, pan: card('member of a capture') }, {}],
      [`/${reference}/capture`, amount, { 'Idempotency-Key': card('key of a capture') }],
      [`/${reference}/refund`, { modificationAmount: card('amount of a refund') }, {}],
      [`/${reference}/cancel`, { cancelTransactionOnly: card('cancel') }, {}],
      [
        `/${reference}/cancel`,
        { pan: card('member of a cancel') },
        { 'Idempotency-Key': card('key of a cancel') },
      ],
      [`/${card('path of a capture')}/capture`, amount, {}],
      [`/${card('path of a cancel')}/cancel`, {}, {}],
    ] as const) {
      record(await merchant.post(at, body, headers));
    }
  }

  /** Whatever Vipps was sent comes back in its errors. */
  async function answerAsBadVipps(): Promise<void> {
    const all = ({ headers, body }: ReceivedCall) => JSON.stringify([headers, body]);
    const bearer = ({ headers }: ReceivedCall) => String(headers.authorization);
    const token = ({ body }: ReceivedCall) => String((body as Init | undefined)?.makePaymentToken);
    const keyOf = ({ headers }: ReceivedCall) => String(headers['ocp-apim-subscription-key']);
    const bodies: readonly ((call: ReceivedCall) => string)[] = [
      (call) => JSON.stringify([{ errorCode: '35', errorMessage: `no: ${token(call)}` }]),
      (call) => JSON.stringify({ errorCode: token(call), errorMessage: 'no' }),
      (call) =>
        JSON.stringify({ errorCode: '37', errorMessage: bearer(call), contextId: keyOf(call) }),
      (call) => JSON.stringify({ statusCode: 403, message: `Key ${keyOf(call)} may not` }),
      (call) => `Denied: ${keyOf(call)}`,
      (call) => `${'x'.repeat(250)} ${bearer(call)}`,
      (call) => JSON.stringify({ errorCode: '1', errorMessage: all(call) }),
      () =>
        JSON.stringify({ errorCode: '1', errorMessage: `card ${canaries.card("Vipps' answer")}` }),
      (call) => JSON.stringify({ pspTransactionId: (call.body as Init).pspTransactionId }),
    ];
    for (const [number, body] of bodies.entries()) {
      vipps.answerNext(number % 2 === 0 ? 400 : 403, body);
      record(await merchant.create());
    }
    // Few of these, or the circuit breaker would open.
    for (const body of bodies.slice(0, 2)) {
      for (let tries = 0; tries < 3; tries += 1) vipps.answerNext(500, body);
      record(await merchant.create());
    }
    await reportToBadVipps(bodies);
    // The token is refused, and so is the wish for another.
    vipps.answerNext(401, all);
    for (let tries = 0; tries < 3; tries += 1) vipps.answerTokenNext(tries === 0 ? 401 : 500, all);
    record(await merchant.create());
    await eventually(
      () => merchant.create(),
      ({ status }) => status === 201,
    );
  }

  async function reportToBadVipps(
    bodies: readonly ((call: ReceivedCall) => string)[],
  ): Promise<void> {
    for (const [number, body] of bodies.slice(0, 7).entries()) {
      const { init, reference } = await pay(`a report that is answered badly, ${number}`);
      const before = vipps.calls.length;
      vipps.answerNext(number % 2 === 0 ? 400 : 500, body);
      await capture(reference);
      await eventually(
        () =>
          vipps.calls.slice(before).filter(({ path: at }) => at.endsWith('updatestatus')).length,
        (count) => count > 0,
      );
      await readTimeline(init);
    }
  }

  async function callAsBackOffice(): Promise<void> {
    const card = (where: string) => canaries.card(`the back office: ${where}`);
    const { init } = await pay('a payment of the back office');
    const line = {
      pspTransactionId: init.pspTransactionId,
      status: 'CAPTURED',
      amount: 100,
      currency: 'NOK',
    };
    const lines: readonly object[] = [
      line,
      { ...line, operationId: 'a-good-one' },
      { ...line, pspTransactionId: card('id of a line') },
      { ...line, paymentText: `with ${card('text of a line')}`, operationId: 'text' },
      { ...line, operationId: card('operationId') },
      { ...line, currency: card('currency of a line') },
      { ...line, amount: Number(card('amount of a line')) },
      { ...line, [card('member of a line')]: card('member of a line'), operationId: 'member' },
      [card('a line that is a list')],
    ];
    record(await office('POST', '/status-updates', { transactions: lines }));
    record(await office('POST', '/status-updates', { [card('a body')]: card('a body') }));
    record(await office('POST', '/status-updates', `{"pan":"${card('cut JSON')}`));
    for (const at of [
      `/payments?reference=${card('query')}`,
      `/payments?pspTransactionId=${card('query of an id')}`,
      `/payments?${card('name in the query')}=1`,
      `/payments?amount=${card('amount in the query')}`,
      `/payments?cursor=${card('cursor')}`,
      `/payments/${card('path')}`,
      `/merchants/${card('path of a merchant')}`,
      `/${card('path of nothing')}`,
      '/merchants',
      '/stuck',
    ]) {
      record(await office('GET', at));
    }
    await administerWithCards(card);
    const wrong = { Authorization: `Bearer ${canaries.secret('a wrong back office token')}` };
    record(await send(`${adapter.sandbox.internalUrl}/back-office/v1/stuck`, { headers: wrong }));
  }

  async function administerWithCards(card: (where: string) => string): Promise<void> {
    const good = { msn: '7654321', name: 'Another shop' };
    const made = await office('POST', '/merchants', good);
    assert.equal(made.status, 201, made.text);
    const credentials = (made.body as { credentials: Record<string, string> }).credentials;
    for (const name of ['clientSecret', 'subscriptionKey']) {
      canaries.keep(`the new merchant's ${name}`, String(credentials[name]));
    }
    for (const change of [
      { name: `The holder of ${card('name of a merchant')}` },
      { descriptor: card('descriptor') },
      { [card('member of a merchant')]: 1 },
      { paymentLimit: Number(card('limit')) },
    ]) {
      record(await office('PATCH', '/merchants/7654321', change));
      record(await office('POST', '/merchants', { ...good, msn: '7654322', ...change }));
    }
    record(await office('POST', `/merchants/${card('path of a rotation')}/rotate`, {}));
    const id = randomUUID();
    for (const at of [
      `/stuck/reports/${id}/1/dismiss`,
      `/stuck/reports/${card('path of a report')}/1/retry`,
    ]) {
      record(await office('POST', at, { reason: `He paid with ${card('reason')}` }));
    }
  }

  async function callAsAnybody(): Promise<void> {
    const card = (where: string) => canaries.card(`anybody: ${where}`);
    const { publicUrl, internalUrl } = adapter.sandbox;
    for (const url of [
      `${publicUrl}/cards/${card('path')}?token=${canaries.secret('a token in a path')}`,
      `${publicUrl}/return/${card('return page')}`,
      `${publicUrl}/return/${`${card('return token')}${'a'.repeat(43)}`.slice(0, 43)}/status`,
      `${publicUrl}/sandbox/payments/${card('page of the sandbox')}`,
      `${publicUrl}/sandbox?pan=${card('query of the sandbox')}`,
      `${publicUrl}/openapi.json?${card('query of a document')}`,
      `${internalUrl}/health?${card('query of health')}`,
    ]) {
      record(await send(url));
    }
    const form = new URLSearchParams({
      kroner: '10',
      userFlow: 'WEB_REDIRECT',
      phoneNumber: '',
      description: card('form of the sandbox'),
    });
    record(await send(`${publicUrl}/sandbox/payments`, { method: 'POST', body: form }));
    form.set('phoneNumber', card('phone number of the sandbox'));
    record(await send(`${publicUrl}/sandbox/payments`, { method: 'POST', body: form }));
  }

  /** The connections are cut while calls are under way, and a rule of the database is broken. */
  async function breakTheDatabase(): Promise<void> {
    await query(
      databaseUrl,
      `alter table authorisation_leg add constraint never check (acquirer_reference = '') not valid`,
    );
    await callBack(await initiate(), { cardData: canaries.cardData('a broken rule') });
    await query(databaseUrl, 'alter table authorisation_leg drop constraint never');
    const init = await initiate();
    acquirer.behave(46_00, { kind: 'APPROVE_LATE', afterMs: 200 });
    const call = callBack(init, { cardData: canaries.cardData('lost connections') });
    for (let times = 0; times < 5; times += 1) {
      await query(
        databaseUrl,
        'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
      );
      record(await merchant.post('', { ...anOrder(), customer: undefined }));
    }
    await call;
  }

  async function openTheBreaker(): Promise<void> {
    acquirer.behave(47_00, { kind: 'TEXT', status: 500, text: 'out of order' });
    const errorIds: unknown[] = [];
    for (let times = 0; times < 60 && !errorIds.includes(91); times += 6) {
      const inits = await Promise.all(Array.from({ length: 6 }, () => initiate(47_00)));
      const calls = inits.map((init) =>
        callBack(init, { cardData: canaries.cardData('an open breaker') }),
      );
      errorIds.push(...(await Promise.all(calls)).map(errorIdOf));
    }
    assert.ok(errorIds.includes(91), 'the breaker is open');
  }

  async function readEverything(): Promise<void> {
    const { publicUrl, internalUrl } = adapter.sandbox;
    for (const init of vipps.inits) await readTimeline(init);
    for (const at of ['/payments?limit=200', '/stuck', '/merchants'])
      record(await office('GET', at));
    for (const url of [
      `${publicUrl}/openapi.json`,
      `${internalUrl}/openapi.json`,
      `${internalUrl}/reference`,
      `${publicUrl}/sandbox`,
    ]) {
      record(await send(url));
    }
  }

  async function aCardFreeRequest(): Promise<void> {
    await callBack(await initiate(), { confirmed: 'CANCEL' });
  }

  // ---- tools

  async function initiate(amount = 499_00): Promise<Init> {
    const created = await merchant.create({ amount: { currency: 'NOK', value: amount } });
    assert.equal(created.status, 201, created.text);
    const { redirectUrl } = record(created).body as { redirectUrl: string };
    const init = vipps.inits.find(({ pspTransactionId }) => redirectUrl.includes(pspTransactionId));
    assert.ok(init);
    return init;
  }

  async function pay(where: string) {
    const reference = newReference();
    const created = record(await merchant.create({ reference }));
    const { redirectUrl } = created.body as { redirectUrl: string };
    const init = vipps.inits.find(({ pspTransactionId }) => redirectUrl.includes(pspTransactionId));
    assert.ok(init);
    await callBack(init, { cardData: canaries.cardData(where) });
    await eventually(
      () => merchant.payment(reference),
      ({ state }) => state === 'AUTHORIZED',
    );
    return { init, reference };
  }

  async function capture(reference: string): Promise<void> {
    const body = { modificationAmount: { value: 100, currency: 'NOK' } };
    record(await merchant.post(`/${reference}/capture`, body));
  }

  async function callBack(init: Init, callback: Callback): Promise<unknown> {
    const answer = await vipps.makePayment(init, callback);
    answers.push(answer?.text ?? '');
    return answer?.body;
  }

  const errorIdOf = (body: unknown): unknown =>
    (body as { errorMessage?: { errorId: unknown } } | undefined)?.errorMessage?.errorId;

  function office(method: string, at: string, body?: unknown): Promise<HttpAnswer> {
    const { internalUrl, backOfficeToken } = adapter.sandbox;
    return send(`${internalUrl}/back-office/v1${at}`, {
      method,
      headers: { Authorization: `Bearer ${backOfficeToken}` },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }

  async function readTimeline({ pspTransactionId }: Init): Promise<void> {
    const answer = record(await office('GET', `/payments/${pspTransactionId}`));
    assert.equal(answer.status, 200, answer.text);
  }

  function record(answer: HttpAnswer): HttpAnswer {
    answers.push([...answer.headers].join('\n'), answer.text);
    return answer;
  }

  async function takeSnapshot(): Promise<Buffer> {
    const file = path.join(directory, 'heap.heapsnapshot');
    adapter.kill('SIGUSR2');
    await eventually(() => existsSync(file), Boolean, 120_000);
    return readFile(file);
  }

  /** One where each search must find it. */
  function plantTheRest(): void {
    answers.push(JSON.stringify({ detail: `No: ${canaries.card(planted)}` }));
  }

  async function stopAll(): Promise<void> {
    if (!stopped) await adapter.stop();
    stopped = true;
  }

  async function freePort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
});
