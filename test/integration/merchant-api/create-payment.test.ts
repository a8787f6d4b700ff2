import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  anOrder,
  aReference,
  codeOf,
  countOf,
  create,
  fieldsOf,
  get,
  type Harness,
  initiated,
  startMerchantApi,
} from './a-merchant-api.ts';

describe('POST /epayment/v1/payments', () => {
  let harness: Harness;
  before(async () => {
    harness = await startMerchantApi();
  });
  after(() => harness[Symbol.asyncDispose]());
  beforeEach(() => {
    harness.vipps.inits.length = 0;
    harness.vipps.behaviour = initiated;
  });

  it('R11 answers 201 with the redirect URL of Vipps, byte for byte', async () => {
    const url = 'https://landing.vipps.no/?token=a%2Fb+c&x=Æ|{}';
    harness.vipps.behaviour = () => ({ kind: 'INITIATED', vippsRedirectUrl: url });
    const order = anOrder();

    const response = await create(harness, order);

    assert.equal(response.status, 201);
    assert.deepEqual(response.body, { redirectUrl: url, reference: order.reference });
    assert.match(String(response.headers['content-type']), /^application\/json/);
  });

  it('R6 R9 R14 sends init with ids of the PSP API and a token of its own', async () => {
    await create(harness, anOrder());
    await create(harness, anOrder());

    const [first, second] = harness.vipps.inits;
    assert.ok(first && second);
    assert.match(first.request.pspTransactionId, /^[a-z0-9]{30}$/);
    assert.match(first.request.merchantOrderId, /^[a-z0-9]{30}$/);
    assert.match(first.request.makePaymentToken.expose(), /^[A-Za-z0-9_-]{43}$/);
    assert.equal(first.context.msn, harness.merchant.msn);
    for (const member of ['pspTransactionId', 'merchantOrderId'] as const) {
      assert.notEqual(first.request[member], second.request[member]);
    }
    assert.notEqual(first.context.requestId, second.context.requestId);
    assert.notEqual(
      first.request.makePaymentToken.expose(),
      second.request.makePaymentToken.expose(),
    );
  });

  it('keeps the token of makePayment as a hash alone, and of the phone number four digits', async () => {
    const order = anOrder({ customer: { phoneNumber: '4791234567' } });

    await create(harness, order);

    const token = harness.vipps.inits[0]?.request.makePaymentToken.expose() ?? '';
    const { rows } = await harness.database.hot.query<{ text: string }>(
      `select concat(row_to_json(p), row_to_json(t)) as text from payment p
       join psp_transaction t on t.payment_id = p.id where p.reference = $1`,
      [order.reference],
    );
    const stored = rows[0]?.text ?? '';
    assert.equal(stored.includes(token), false);
    assert.equal(stored.includes('91234567'), false);
    assert.match(stored, /"phone_number_last_four":"4567"/);
    assert.equal(harness.vipps.inits[0]?.request.customerMobileNumber, '91234567');
  });

  it('has the payment and its token in the database before it calls init', async () => {
    let stored = 0;
    harness.vipps.behaviour = async (init) => {
      const { rowCount } = await harness.database.hot.query(
        'select from psp_transaction where psp_transaction_id = $1 and request_id = $2',
        [init.request.pspTransactionId, init.context.requestId],
      );
      stored = rowCount ?? 0;
      return initiated(init);
    };

    await create(harness, anOrder());

    assert.equal(stored, 1);
  });

  it('maps the user flows to what the PSP API has for them', async () => {
    const web = await create(harness, anOrder());
    const native = await create(
      harness,
      anOrder({ userFlow: 'NATIVE_REDIRECT', returnUrl: 'myshop://paid?x=1' }),
    );
    const push = await create(
      harness,
      anOrder({
        userFlow: 'PUSH_MESSAGE',
        returnUrl: undefined,
        customer: { phoneNumber: '91234567' },
      }),
    );

    assert.deepEqual([web.status, native.status, push.status], [201, 201, 201]);
    const [first, second, third] = harness.vipps.inits.map(({ request }) => request);
    assert.ok(first && second && third);
    assert.equal(first.isApp, undefined);
    assert.equal(first.skipLandingPage, undefined);
    assert.equal(first.pspRedirectUrl, 'https://shop.vippsadapter.no/back?ref=1');
    assert.equal(second.isApp, true);
    assert.equal(second.pspRedirectUrl, 'myshop://paid?x=1');
    assert.equal(third.skipLandingPage, true);
    assert.equal(third.customerMobileNumber, '91234567');
    assert.match(third.pspRedirectUrl, /^https:\/\/psp\.vippsadapter\.no\/return\/.{43}$/);
    assert.deepEqual(Object.keys(push.body as object), ['reference']);
  });

  it('shows the description, or else the reference, as the payment text', async () => {
    const order = anOrder();
    await create(harness, order);
    await create(harness, anOrder({ paymentDescription: 'Tre par sokker' }));

    const texts = harness.vipps.inits.map(({ request }) => request.paymentText);
    assert.deepEqual(texts, [order.reference, 'Tre par sokker']);
  });

  describe('refuses, with nothing stored and nothing sent,', () => {
    const codes: readonly (readonly [string, Record<string, unknown>, number, string])[] = [
      ['R4 an amount of 0', { amount: { currency: 'NOK', value: 0 } }, 400, '6010'],
      ['R4 an amount of 99', { amount: { currency: 'NOK', value: 99 } }, 400, '6010'],
      ['R4 an amount of -1', { amount: { currency: 'NOK', value: -1 } }, 400, '4040'],
      ['R4 an amount of 1.5', { amount: { currency: 'NOK', value: 1.5 } }, 400, '4040'],
      ['R4 an amount in quotes', { amount: { currency: 'NOK', value: '100' } }, 400, '4040'],
      ['an amount of 2^53', { amount: { currency: 'NOK', value: 2 ** 53 } }, 400, '4040'],
      ['an amount over the limit', { amount: { currency: 'NOK', value: 65_000_001 } }, 400, '4040'],
      ['an amount that is null', { amount: { currency: 'NOK', value: null } }, 400, '4040'],
      ['no amount', { amount: undefined }, 400, '4040'],
      ['an amount that is a list', { amount: [1] }, 400, '4040'],
      ['R5 another currency', { amount: { currency: 'DKK', value: 1_000 } }, 400, '5040'],
      ['R5 no currency at all', { amount: { currency: 'XXX', value: 1_000 } }, 400, '5040'],
      ['a card form', { paymentMethod: { type: 'CARD' } }, 400, '4160'],
      ['card passthrough', { paymentMethod: { type: 'CARD_PASSTHROUGH' } }, 400, '4160'],
      ['cardPassthrough', { cardPassthrough: { pspReference: 'a' } }, 400, '4160'],
      [
        'blocked sources',
        { paymentMethod: { type: 'WALLET', blockedSources: ['COMMERCIAL_CARDS'] } },
        400,
        '5010',
      ],
      ['Express', { shipping: { allowedCountries: ['NO'] } }, 403, '5020'],
      ['a profile scope', { profile: { scope: 'name' } }, 403, '5030'],
      ['a long life', { expiresAt: '2030-01-01T00:00:00Z' }, 403, '5050'],
      ['an age', { minimumUserAge: 18 }, 400, '5070'],
      ['a QR code', { userFlow: 'QR' }, 400, '5070'],
      ['a Swedish number', { customer: { phoneNumber: '46701234567' } }, 400, '4070'],
      ['a number with a plus', { customer: { phoneNumber: '+4791234567' } }, 400, '4070'],
      ['a number that is none', { customer: { phoneNumber: 91_234_567 } }, 400, '4070'],
      ['R8 a push message to nobody', { userFlow: 'PUSH_MESSAGE' }, 400, '4140'],
      ['a personal QR', { customer: { personalQr: 'https://qr.vipps.no/28/2' } }, 400, '4060'],
      ['a customer token', { customer: { customerToken: 'abc' } }, 400, '4050'],
      ['no return URL', { returnUrl: undefined }, 400, '4140'],
      ['R10 localhost', { returnUrl: 'https://localhost/back' }, 400, '4090'],
      ['R10 a URL without a scheme', { returnUrl: 'shop.no/back' }, 400, '4090'],
      ['R10 an app of a web flow', { returnUrl: 'myshop://paid' }, 400, '4090'],
      ['six metadata', { metadata: { a: '', b: '', c: '', d: '', e: '', f: '' } }, 400, '4100'],
      ['a long metadata key', { metadata: { ['k'.repeat(101)]: '' } }, 400, '4120'],
      ['a long metadata value', { metadata: { k: 'v'.repeat(501) } }, 400, '4130'],
    ];
    for (const [what, replaced, status, code] of codes) {
      it(`${what} (${status}/${code})`, async () => {
        const order = anOrder(replaced);

        const response = await create(harness, order);

        assert.equal(response.status, status);
        assert.equal(codeOf(response), code);
        assert.equal(harness.vipps.inits.length, 0);
        assert.equal((await get(harness, order.reference)).status, 404);
      });
    }

    const fields: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
      ['a short reference', { reference: 'abc' }, ['Reference']],
      ['a reference with a space', { reference: 'order 000001' }, ['Reference']],
      ['a reference that is a number', { reference: 12_345_678 }, ['Reference']],
      ['no reference', { reference: undefined }, ['Reference']],
      [
        'no flow and no method',
        { userFlow: null, paymentMethod: null },
        ['UserFlow', 'PaymentMethod'],
      ],
      ['an unknown flow', { userFlow: 'TELEPATHY' }, ['UserFlow']],
      ['an unknown method', { paymentMethod: { type: 'CASH' } }, ['PaymentMethod.Type']],
      ['a method in a list', { paymentMethod: ['WALLET'] }, ['PaymentMethod']],
      ['an absent currency', { amount: { value: 100 } }, ['Amount.Currency']],
      [
        'a currency that is a number',
        { amount: { value: 100, currency: 578 } },
        ['Amount.Currency'],
      ],
      [
        'two customers',
        { customer: { phoneNumber: '91234567', customerToken: 'a' } },
        ['Customer'],
      ],
      ['a customer in a text', { customer: '91234567' }, ['Customer']],
      ['a return URL that is none', { returnUrl: 7 }, ['ReturnUrl']],
      ['a short description', { paymentDescription: 'ab' }, ['PaymentDescription']],
      ['a description with a NUL', { paymentDescription: 'a\0b' }, ['PaymentDescription']],
      ['metadata that is a list', { metadata: ['a'] }, ['Metadata']],
      ['metadata of numbers', { metadata: { a: 1 } }, ['Metadata']],
      ['metadata with a NUL', { metadata: { 'a\0': 'b' } }, ['Metadata']],
      ['metadata with half a character', { metadata: { a: '\ud800' } }, ['Metadata']],
    ];
    for (const [what, replaced, names] of fields) {
      it(`${what} (names the field, without a code)`, async () => {
        const response = await create(harness, anOrder(replaced));

        assert.equal(response.status, 400);
        assert.deepEqual(fieldsOf(response), names);
        assert.equal((response.body as { title: string }).title, 'Bad Request');
        assert.equal(harness.vipps.inits.length, 0);
      });
    }

    const bodies: readonly (readonly [string, string, number])[] = [
      ['no body', '', 400],
      ['half a body', '{"amount":', 400],
      ['a list', '[]', 400],
      ['null', 'null', 400],
      ['a text', '"amount"', 400],
      ['a deep body', `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 400],
      ['a body that is too large', `{"a":"${'a'.repeat(300_000)}"}`, 413],
    ];
    for (const [what, body, status] of bodies) {
      it(`${what} (${status})`, async () => {
        const response = await create(harness, body);

        assert.equal(response.status, status);
        assert.match(String(response.headers['content-type']), /^application\/problem\+json/);
        assert.equal(codeOf(response), undefined);
      });
    }

    it('a body that is not JSON by its content type (415)', async () => {
      const response = await create(harness, anOrder(), { 'Content-Type': 'text/plain' }).set(
        'Content-Type',
        'text/plain',
      );

      assert.equal(response.status, 415);
    });

    it('a path that cannot be read (400) or is unknown (404), as a problem', async () => {
      const malformed = await get(harness, '%zz');
      const unknown = await get(harness, 'a/b/c');

      assert.deepEqual([malformed.status, unknown.status], [400, 404]);
      assert.match(String(unknown.headers['content-type']), /problem\+json/);
    });
  });

  it('accepts what it has no use for', async () => {
    const response = await create(
      harness,
      anOrder({
        customer: {},
        customerInteraction: 'CUSTOMER_PRESENT',
        receipt: { orderLines: [] },
        industryData: {},
        profile: {},
        metadata: null,
        expiresAt: null,
        somethingNew: [1, { a: null }],
      }),
    );

    assert.equal(response.status, 201);
  });

  it('describes a problem in the form of the ePayment API', async () => {
    const response = await create(harness, anOrder({ reference: 'a' }));

    const body = response.body as Record<string, unknown>;
    assert.match(String(body['traceId']), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    const requestId = String(response.headers['x-request-id']).replaceAll('-', '');
    assert.equal(String(body['traceId']).includes(requestId), true);
    assert.deepEqual(
      { ...body, traceId: '' },
      {
        type: 'https://httpstatuses.io/400',
        title: 'Bad Request',
        status: 400,
        detail: 'See extraDetails for further details',
        instance: '/v1/payments',
        traceId: '',
        extraDetails: [
          {
            name: 'Reference',
            reason: "The field Reference must match the regular expression '^[a-zA-Z0-9-]{8,64}$'.",
          },
        ],
      },
    );
  });

  it('needs an Idempotency-Key of at most 50 characters', async () => {
    const missing = await create(harness, anOrder(), { 'Idempotency-Key': '' });
    const long = await create(harness, anOrder(), { 'Idempotency-Key': 'k'.repeat(51) });
    const longest = await create(harness, anOrder(), { 'Idempotency-Key': 'k'.repeat(50) });

    assert.deepEqual([missing.status, long.status, longest.status], [400, 400, 201]);
    assert.equal(codeOf(missing), '4140');
    assert.deepEqual(fieldsOf(long), ['Idempotency-Key']);
  });

  it('takes a reference once for each merchant', async () => {
    const reference = aReference();
    const other = await harness.aMerchant();

    const first = await create(harness, anOrder({ reference }));
    const second = await create(harness, anOrder({ reference }));
    const elsewhere = await create({ app: harness.app, merchant: other }, anOrder({ reference }));

    assert.deepEqual([first.status, second.status, elsewhere.status], [201, 409, 201]);
    assert.equal(codeOf(second), '4150');
  });

  it('lets one of two requests with the same reference through', async () => {
    const reference = aReference();

    const responses = await Promise.all([
      create(harness, anOrder({ reference })),
      create(harness, anOrder({ reference })),
    ]);

    assert.deepEqual(responses.map(({ status }) => status).sort(), [201, 409]);
    assert.equal(harness.vipps.inits.length, 1);
  });

  it('makes one payment and one init of twenty concurrent requests with one key', async () => {
    const before = await countOf(harness, 'payment');
    harness.vipps.behaviour = async (init) => {
      await new Promise((resolve) => setImmediate(resolve));
      return initiated(init);
    };
    const order = anOrder();
    const key = { 'Idempotency-Key': randomUUID() };

    const responses = await Promise.all(
      Array.from({ length: 20 }, () => create(harness, order, key)),
    );

    assert.deepEqual(new Set(responses.map(({ status }) => status)), new Set([201]));
    assert.equal(new Set(responses.map(({ text }) => text)).size, 1);
    assert.equal(harness.vipps.inits.length, 1);
    assert.equal(await countOf(harness, 'payment'), before + 1);
  });
});
