import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { leaksIn, logsOf } from './leaks.ts';
import { anOrder, type HttpAnswer, type Merchant, openMerchant, send } from './merchant.ts';
import { makeDatabase, query } from './own-database.ts';
import { type Adapter, eventually, makePlace, openedThings, startAdapter } from './programs.ts';
import { startStrangersVipps, type StrangersVipps } from './strangers-vipps.ts';

/** What the error of a refused order says, besides being a problem without traces. */
type Refusal = readonly [status: number, codeOrMember: string];

const amount = (value: unknown, currency: unknown = 'NOK') => ({ amount: { value, currency } });

const refusedOrders: readonly (readonly [what: string, more: object, ...Refusal])[] = [
  ['an amount of 0', amount(0), 400, '6010'],
  ['an amount below the minimum', amount(99), 400, '6010'],
  ['an amount of -1', amount(-1), 400, '4040'],
  ['an amount of 1.5', amount(1.5), 400, '4040'],
  ['an amount of "100"', amount('100'), 400, '4040'],
  ['an amount of 2^53', amount(2 ** 53), 400, '4040'],
  ['an amount of 1e400', { amount: '@1e400' }, 400, '4040'],
  ['an amount over the maximum', amount(65_000_001), 400, '4040'],
  ['an amount of null', amount(null), 400, '4040'],
  ['no amount', { amount: undefined }, 400, '4040'],
  ['an amount that is a number', { amount: 100 }, 400, '4040'],
  ['another currency', amount(10_000, 'SEK'), 400, '5040'],
  ['a currency that is none', amount(10_000, 'nok'), 400, '5040'],
  ['a currency of the wrong type', amount(10_000, 578), 400, 'Amount.Currency'],
  ['no reference', { reference: undefined }, 400, 'Reference'],
  ['a reference too short', { reference: 'short' }, 400, 'Reference'],
  ['a reference with a space', { reference: 'with a space in it' }, 400, 'Reference'],
  ['a reference of the wrong type', { reference: 12_345_678 }, 400, 'Reference'],
  ['a card number for a reference', { reference: '4111111111111111' }, 400, 'Reference'],
  [
    'a card number in the description',
    { paymentDescription: 'paid with 4111 1111 1111 1111' },
    400,
    'PaymentDescription',
  ],
  ['a card number in the metadata', { metadata: { pan: '4111111111111111' } }, 400, 'Metadata'],
  [
    'a card number in the return URL',
    { returnUrl: 'https://shop.vippsadapter.no/?pan=4111111111111111' },
    400,
    'ReturnUrl',
  ],
  ['an unknown userFlow', { userFlow: 'CARRIER_PIGEON' }, 400, 'UserFlow'],
  ['QR', { userFlow: 'QR' }, 400, '5070'],
  ['a card without the app', { paymentMethod: { type: 'CARD' } }, 400, '4160'],
  ['no payment method', { paymentMethod: undefined }, 400, 'PaymentMethod'],
  ['a foreign phone number', { customer: { phoneNumber: '4612345678' } }, 400, '4070'],
  ['a phone number of the wrong type', { customer: { phoneNumber: 91_234_567 } }, 400, '4070'],
  ['a push message to nobody', { userFlow: 'PUSH_MESSAGE', customer: undefined }, 400, '4140'],
  ['no return URL', { returnUrl: undefined }, 400, '4140'],
  ['a return URL of the wrong type', { returnUrl: 7 }, 400, 'ReturnUrl'],
  ['a return URL on localhost', { returnUrl: 'https://localhost/x' }, 400, '4090'],
  ['a return URL without a domain', { returnUrl: 'https://shop/x' }, 400, '4090'],
  ['a return URL that runs', { returnUrl: 'javascript:alert(1)' }, 400, '4090'],
  ['an app URL from a browser', { returnUrl: 'myshop://back' }, 400, '4090'],
  ['a minimum age', { minimumUserAge: 18 }, 400, '5070'],
  ['a description of the wrong type', { paymentDescription: 7 }, 400, 'PaymentDescription'],
  ['a NUL in the description', { paymentDescription: 'a\0bc' }, 400, 'PaymentDescription'],
  ['metadata of the wrong type', { metadata: { a: 1 } }, 400, 'Metadata'],
  ['a life of a day', { expiresAt: '2030-01-01T00:00:00Z' }, 403, '5050'],
];

/** Nothing here changes by itself: payments that expire meanwhile are left out. */
const tables = [
  'payment',
  'authorisation_leg',
  'reversal',
  'modification',
  "merchant_event where name <> 'EXPIRED'",
];

describe('bad input', () => {
  const opened = openedThings();
  let databaseUrl: string;
  let vipps: StrangersVipps;
  let adapter: Adapter;
  let merchant: Merchant;

  before(async () => {
    const place = await makePlace();
    opened.add(place.remove);
    const database = await makeDatabase();
    opened.add(database.drop);
    databaseUrl = database.url;
    vipps = await startStrangersVipps('123456');
    opened.add(vipps.close);
    adapter = await startAdapter(place.directory, {
      VIPPS_API_URL: vipps.url,
      DATABASE_URL: database.url,
      PAYMENT_EXPIRY_SECONDS: '2',
    });
    opened.add(adapter.stop);
    merchant = await openMerchant(adapter.sandbox);
  });

  after(async () => {
    const started = adapter as Adapter | undefined;
    await started?.stop();
    const logged = started ? await logsOf(started) : '';
    await opened.closeAll();
    const tokens = vipps.inits.map(({ makePaymentToken }) => makePaymentToken);
    assert.deepEqual(leaksIn(logged, { 'makePayment token': tokens }), []);
    assert.doesNotMatch(logged, /"event":"[a-z.-]*fault"/, 'nothing of this is a fault of ours');
  });

  /** How many rows each table has, and how often Vipps was asked. */
  async function traces(): Promise<unknown> {
    const counts = tables.map((rows, at) => `(select count(*)::int from ${rows}) as rows${at}`);
    const [row] = await query(databaseUrl, `select ${counts.join(', ')}`);
    return { ...row, inits: vipps.inits.length };
  }

  async function leavingNoTrace(act: () => Promise<void>): Promise<void> {
    const earlier = await traces();
    await act();
    assert.deepEqual(await traces(), earlier);
  }

  function assertProblem(answer: HttpAnswer, [status, codeOrMember]: Refusal): void {
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
    const problem = answer.body as {
      status: number;
      title: string;
      detail: string;
      traceId: string;
      extraDetails: { name: string; reason: string }[];
    };
    assert.equal(problem.status, status);
    assert.ok(problem.title && problem.detail && problem.traceId);
    const said = problem.extraDetails.map(({ name, reason }) =>
      name === 'ErrorCode' ? reason : name,
    );
    assert.ok(said.includes(codeOrMember), `${codeOrMember} in ${answer.text}`);
    assertNoInsides(answer);
  }

  function assertNoInsides({ text }: HttpAnswer): void {
    assert.doesNotMatch(text, /\bat .*:\d+:\d+|node_modules|\.ts\b|select |insert |knex|ECONN/i);
  }

  for (const [what, more, ...refusal] of refusedOrders) {
    it(`refuses an order with ${what}, and leaves no trace (R4, R5, R8)`, async () => {
      await leavingNoTrace(async () => {
        const text = JSON.stringify({ ...anOrder(), ...more });
        assertProblem(
          await merchant.post('', text.replace('"@1e400"', '{"value":1e400,"currency":"NOK"}')),
          refusal,
        );
      });
    });
  }

  for (const body of [
    '',
    '{',
    'null',
    '[]',
    '"text"',
    '7',
    '{"a":1}',
    '\u{feff}',
    '{"a":'.repeat(9_000),
  ]) {
    it(`refuses a body of ${JSON.stringify(body.slice(0, 10))}, and leaves no trace`, async () => {
      await leavingNoTrace(async () => {
        const answer = await merchant.post('', body);
        assert.equal(answer.status, 400, answer.text);
        assertNoInsides(answer);
      });
    });
  }

  it('refuses a body that is too large, and leaves no trace', async () => {
    await leavingNoTrace(async () => {
      const answer = await merchant.post('', JSON.stringify({ x: 'y'.repeat(2_000_000) }));
      assert.equal(answer.status, 413);
      assertNoInsides(answer);
    });
  });

  const headers: readonly (readonly [string, Readonly<Record<string, string>>, number])[] = [
    ['no token', { Authorization: '' }, 401],
    ['a token that is none', { Authorization: 'Bearer nonsense' }, 401],
    ['a token without its scheme', { Authorization: 'nonsense' }, 401],
    ['no subscription key', { 'Ocp-Apim-Subscription-Key': '' }, 401],
    ['a wrong subscription key', { 'Ocp-Apim-Subscription-Key': 'x'.repeat(32) }, 401],
    ["another merchant's serial number", { 'Merchant-Serial-Number': '654321' }, 401],
    ['no idempotency key', { 'Idempotency-Key': '' }, 400],
    ['a card number for an idempotency key', { 'Idempotency-Key': '4111111111111111' }, 400],
    ['too long an idempotency key', { 'Idempotency-Key': 'k'.repeat(51) }, 400],
  ];
  for (const [what, more, status] of headers) {
    it(`refuses an order with ${what}, and leaves no trace`, async () => {
      await leavingNoTrace(async () => {
        const answer = await merchant.post('', anOrder(), more);
        assert.equal(answer.status, status, answer.text);
        assert.notEqual(answer.text, '');
        assertNoInsides(answer);
      });
    });
  }

  it('refuses a reference that was used before, and a key that was', async () => {
    const order = anOrder();
    const key = { 'Idempotency-Key': `key-${order.reference}` };
    const created = await merchant.post('', order, key);
    assert.equal(created.status, 201);
    await leavingNoTrace(async () => {
      assert.equal((await merchant.post('', order, key)).text, created.text, 'a repeat');
      assertProblem(await merchant.post('', order), [409, '4150']);
      const other = { ...anOrder(), ...amount(1_000) };
      assertProblem(await merchant.post('', other, key), [409, '4020']);
    });
  });

  it('knows no payment that was not made', async () => {
    await leavingNoTrace(async () => {
      const base = `${adapter.sandbox.publicUrl}/epayment/v1/payments`;
      for (const path of ['/unknown-reference', '/unknown-reference/events']) {
        assertProblem(await send(`${base}${path}`, { headers: merchant.headers }), [404, '5090']);
      }
      for (const deed of ['capture', 'refund', 'cancel']) {
        const answer = await merchant.post(`/unknown-reference/${deed}`, {
          modificationAmount: { currency: 'NOK', value: 100 },
        });
        assertProblem(answer, [404, '5090']);
      }
    });
  });

  it('gives no token for wrong credentials, and does not say which was wrong', async () => {
    const { clientId, clientSecret, subscriptionKey, publicUrl } = adapter.sandbox;
    const good = {
      client_id: clientId,
      client_secret: clientSecret,
      'Ocp-Apim-Subscription-Key': subscriptionKey,
    };
    const shapes = new Set<string>();
    for (const wrong of [{ client_id: 'x' }, { client_secret: 'x' }, { client_secret: '' }]) {
      const answer = await send(`${publicUrl}/accesstoken/get`, {
        method: 'POST',
        headers: { ...good, ...wrong },
      });
      assert.equal(answer.status, 401);
      shapes.add(String((answer.body as { error_description: unknown }).error_description));
    }
    assert.equal(shapes.size, 1);
  });

  it('tells the merchant what Vipps refused, in words of both (R12)', async () => {
    const refusals: readonly (readonly [number, string, string])[] = [
      [400, '[{"errorCode":"21","errorMessage":"Merchant not available or active"}]', '21'],
      [400, '[{"errorCode":"amount","errorMessage":"amount.less.than.one"}]', 'amount'],
      [400, '{"errorCode":"37","errorMessage":"blocked"}', '37'],
      [
        403,
        '{"responseInfo":{"responseCode":"1000","responseMessage":"No"},"result":{"message":"x"}}',
        '1000',
      ],
    ];
    for (const [status, body, code] of refusals) {
      vipps.answerNext(status, body);
      const answer = await merchant.create();
      assertProblem(answer, [400, '5070']);
      assert.match(answer.text, new RegExp(`"VippsErrorCode","reason":"${code}"`));
      assert.equal((await merchant.create({ reference: answer.reference })).status, 201);
    }
  });

  it('answers a path that does not exist, and a method that does not, without a 500', async () => {
    const { publicUrl } = adapter.sandbox;
    for (const [method, path] of [
      ['GET', '/nowhere'],
      ['GET', '/epayment/v1/nowhere'],
      ['DELETE', '/epayment/v1/payments/some-reference'],
      ['GET', '/vipps/psp/v2/makePayment'],
      ['POST', '/%'],
      ['GET', '/epayment/v1/payments/%E0%A4%A'],
    ] as const) {
      const answer = await send(`${publicUrl}${path}`, { method });
      assert.ok(answer.status >= 400 && answer.status < 500, `${path}: ${answer.status}`);
      assertNoInsides(answer);
    }
  });

  it('R34 lets a payment that nobody acts on expire, without any call, and then takes no YES', async () => {
    const created = await merchant.create();
    await eventually(
      () => merchant.payment(created.reference),
      ({ state }) => state === 'EXPIRED',
    );
    assert.deepEqual(await merchant.eventNames(created.reference), ['CREATED', 'EXPIRED']);
    const init = vipps.inits.at(-1);
    assert.ok(init);
    // Card data is opened only for a payment that can still be paid.
    for (const [confirmed, errorId] of [
      ['YES', 85],
      ['CANCEL', 93],
    ] as const) {
      const other = confirmed === 'YES' ? init : await anExpired();
      const answer = await vipps.makePayment(other, { confirmed, cardData: 'x' });
      const { errorMessage } = answer?.body as { errorMessage: { errorId: number } };
      assert.equal(errorMessage.errorId, errorId);
    }
  });

  async function anExpired() {
    const created = await merchant.create();
    await eventually(
      () => merchant.payment(created.reference),
      ({ state }) => state === 'EXPIRED',
    );
    const init = vipps.inits.at(-1);
    assert.ok(init);
    return init;
  }
});
