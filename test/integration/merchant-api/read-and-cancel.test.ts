import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import request from 'supertest';
import { expirePayments } from '../../../src/payments/expire-payments.ts';
import { createExpiryRepository } from '../../../src/payments/expiry-repository.ts';
import { type PaymentState } from '../../../src/payments/payment-state.ts';
import { silentLog } from '../../../src/shared/log.ts';
import {
  anOrder,
  aReference,
  cancel,
  codeOf,
  create,
  get,
  type Harness,
  startMerchantApi,
} from './a-merchant-api.ts';

type Amount = { readonly currency: string; readonly value: number };
type PaymentBody = {
  readonly aggregate: Readonly<Record<string, Amount>>;
  readonly state: string;
  readonly pspReference: string;
};
type EventBody = {
  readonly name: string;
  readonly pspReference: string;
  readonly idempotencyKey?: string;
};

const nok = (value: number): Amount => ({ currency: 'NOK', value });

describe('A payment as its merchant sees it', () => {
  let harness: Harness;
  before(async () => {
    harness = await startMerchantApi();
  });
  after(() => harness[Symbol.asyncDispose]());

  async function aPayment(replaced: Record<string, unknown> = {}): Promise<string> {
    const order = anOrder(replaced);
    const response = await create(harness, order);
    assert.equal(response.status, 201);
    return order.reference;
  }

  async function put(reference: string, columns: Readonly<Record<string, unknown>>): Promise<void> {
    await harness.database
      .knex<Record<string, unknown>>('payment')
      .where({ reference })
      .update(columns);
  }

  const expire = () =>
    expirePayments({ repository: createExpiryRepository(harness.database.hot), log: silentLog });

  async function namesOf(reference: string): Promise<readonly string[]> {
    const response = await get(harness, `${reference}/events`);
    return (response.body as readonly EventBody[]).map(({ name }) => name);
  }

  it('has the members of the ePayment API, and none that does not apply', async () => {
    const reference = await aPayment({ metadata: { orderId: '1001', __proto__x: 'y' } });

    const response = await get(harness, reference);

    assert.equal(response.status, 200);
    const { pspReference, redirectUrl, ...members } = response.body as Record<string, unknown>;
    assert.match(String(pspReference), /^[0-9a-f-]{36}$/);
    assert.match(String(redirectUrl), /^https:\/\/landing\.vipps\.no/);
    assert.deepEqual(members, {
      aggregate: {
        authorizedAmount: nok(0),
        cancelledAmount: nok(0),
        capturedAmount: nok(0),
        refundedAmount: nok(0),
      },
      amount: nok(49_900),
      state: 'CREATED',
      paymentMethod: { type: 'WALLET' },
      profile: {},
      reference,
      metadata: { orderId: '1001', __proto__x: 'y' },
    });
  });

  it('shows the first digits of the card once they are known, and the authorised amount', async () => {
    const reference = await aPayment();
    await put(reference, { state: 'AUTHORISED', bin: '411111', authorised_minor: 49_900 });

    const { body } = (await get(harness, reference)) as {
      body: PaymentBody & { paymentMethod: unknown };
    };

    assert.equal(body.state, 'AUTHORIZED');
    assert.deepEqual(body.paymentMethod, { type: 'WALLET', cardBin: '411111' });
    assert.deepEqual(body.aggregate['authorizedAmount'], nok(49_900));
  });

  const shown: readonly (readonly [PaymentState, string])[] = [
    ['AUTHORISING', 'CREATED'],
    ['ANSWERING', 'CREATED'],
    ['STEP_UP', 'CREATED'],
    ['REVERSING', 'ABORTED'],
    ['FAILED', 'ABORTED'],
    ['ABORTED', 'ABORTED'],
    ['EXPIRED', 'EXPIRED'],
  ];
  for (const [state, merchantState] of shown) {
    it(`that is ${state} inside is ${merchantState} outside`, async () => {
      const reference = await aPayment();
      await put(reference, { state });

      const { body } = (await get(harness, reference)) as { body: PaymentBody };

      assert.equal(body.state, merchantState);
    });
  }

  it("is 404/5090 when unknown, another merchant's, or not even a reference", async () => {
    const mine = await aPayment();
    const other = await harness.aMerchant();
    const asOther = { app: harness.app, merchant: other };

    const responses = [
      await get(harness, aReference()),
      await get(asOther, mine),
      await get(asOther, `${mine}/events`),
      await cancel(asOther, mine),
      await get(harness, 'a%00b'),
      await get(harness, `${'x'.repeat(5_000)}/events`),
      await cancel(harness, 'short'),
    ];

    for (const response of responses) {
      assert.equal(response.status, 404);
      assert.equal(codeOf(response), '5090');
    }
  });

  it('has an event log, oldest first, with a reference of its own for each event', async () => {
    const key = randomUUID();
    const order = anOrder();
    await create(harness, order, { 'Idempotency-Key': key });
    await cancel(harness, order.reference, { 'Idempotency-Key': 'cancel-1' });

    const response = await get(harness, `${order.reference}/events`);
    const payment = (await get(harness, order.reference)).body as PaymentBody;

    const events = response.body as readonly (EventBody & Record<string, unknown>)[];
    assert.deepEqual(
      events.map(({ timestamp, ...event }) => {
        assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        return { ...event, pspReference: '' };
      }),
      [
        {
          reference: order.reference,
          name: 'CREATED',
          amount: nok(49_900),
          idempotencyKey: key,
          success: true,
          pspReference: '',
        },
        {
          reference: order.reference,
          name: 'TERMINATED',
          amount: nok(49_900),
          idempotencyKey: 'cancel-1',
          success: true,
          pspReference: '',
        },
      ],
    );
    assert.equal(events[0]?.pspReference, payment.pspReference);
    assert.notEqual(events[1]?.pspReference, payment.pspReference);
  });

  describe('cancelled by its merchant', () => {
    it('is TERMINATED, with its amount shown as cancelled', async () => {
      const reference = await aPayment();

      const response = await cancel(harness, reference);

      assert.equal(response.status, 200);
      assert.match(String(response.headers['content-type']), /^application\/json/);
      const { pspReference, ...members } = response.body as PaymentBody;
      assert.deepEqual(members, {
        aggregate: {
          authorizedAmount: nok(0),
          cancelledAmount: nok(49_900),
          capturedAmount: nok(0),
          refundedAmount: nok(0),
        },
        amount: nok(49_900),
        state: 'TERMINATED',
        reference,
      });
      const read = (await get(harness, reference)).body as PaymentBody;
      assert.equal(read.pspReference, pspReference);
      assert.deepEqual(read.aggregate, members.aggregate);
    });

    it('may come with cancelTransactionOnly, with an empty object, or with a key', async () => {
      for (const body of [
        '{"cancelTransactionOnly":false}',
        '{"cancelTransactionOnly":true}',
        '{}',
      ]) {
        const reference = await aPayment();
        const response = await cancel(harness, reference)
          .set('Content-Type', 'application/json')
          .send(body);
        assert.equal(response.status, 200, body);
      }
    });

    it('with a key gets its first answer again; without one it hears that it is over', async () => {
      const reference = await aPayment();
      const key = { 'Idempotency-Key': randomUUID() };

      const first = await cancel(harness, reference, key);
      const again = await cancel(harness, reference, key);
      const withoutKey = await cancel(harness, reference);

      assert.equal(again.status, 200);
      assert.equal(again.text, first.text);
      assert.equal(withoutKey.status, 400);
      assert.equal(codeOf(withoutKey), '6050');
    });

    it('refuses a body that it cannot read', async () => {
      const reference = await aPayment();

      const response = await cancel(harness, reference)
        .set('Content-Type', 'application/json')
        .send('{"cancelTransactionOnly":"yes"}');

      assert.equal(response.status, 400);
      assert.deepEqual(await namesOf(reference), ['CREATED']);
    });

    const refusals: readonly (readonly [PaymentState, number, string])[] = [
      ['AUTHORISING', 409, '6250'],
      ['ANSWERING', 409, '6250'],
      ['STEP_UP', 409, '6250'],
      ['REVERSING', 400, '6050'],
      ['FAILED', 400, '6050'],
      ['ABORTED', 400, '6050'],
      ['EXPIRED', 400, '6050'],
      ['TERMINATED', 400, '6050'],
      ['AUTHORISED', 400, '6190'],
    ];
    for (const [state, status, code] of refusals) {
      it(`when it is ${state} gets ${status}/${code}, and nothing changes`, async () => {
        const reference = await aPayment();
        await put(reference, { state });

        const response = await cancel(harness, reference);

        assert.equal(response.status, status);
        assert.equal(codeOf(response), code);
        assert.deepEqual(await namesOf(reference), ['CREATED']);
      });
    }
  });

  describe('that nobody acts on', () => {
    it('R34 expires by itself, but not before its time', async () => {
      const due = await aPayment();
      const young = await aPayment();
      await put(due, { expires_at: new Date(Date.now() - 1_000) });

      await expire();
      await expire();

      assert.deepEqual(await namesOf(due), ['CREATED', 'EXPIRED']);
      assert.deepEqual(await namesOf(young), ['CREATED']);
      assert.equal(((await get(harness, due)).body as PaymentBody).state, 'EXPIRED');
    });

    it('R34 lives for eleven minutes, more than the ten that Vipps gives the customer', async () => {
      const reference = await aPayment();

      const { rows } = await harness.database.hot.query<{ seconds: number }>(
        `select extract(epoch from expires_at - created_at)::float as seconds
         from payment where reference = $1`,
        [reference],
      );

      assert.equal(Math.round(rows[0]?.seconds ?? 0), 660);
    });

    it('expires from the step-up too, and from no other state', async () => {
      const states: PaymentState[] = [
        'STEP_UP',
        'AUTHORISING',
        'ANSWERING',
        'REVERSING',
        'AUTHORISED',
      ];
      const references = [];
      for (const state of states) {
        const reference = await aPayment();
        await put(reference, { state, expires_at: new Date(0) });
        references.push(reference);
      }

      await expire();

      const names = await Promise.all(references.map(namesOf));
      assert.deepEqual(names, [
        ['CREATED', 'EXPIRED'],
        ...Array.from({ length: 4 }, () => ['CREATED']),
      ]);
    });

    it('is left to whoever holds its row', async () => {
      const reference = await aPayment();
      await put(reference, { expires_at: new Date(0) });
      const holder = await harness.database.hot.connect();
      try {
        await holder.query('begin');
        await holder.query(`update payment set state = 'AUTHORISING' where reference = $1`, [
          reference,
        ]);
        await expire();
        await holder.query('commit');
      } finally {
        holder.release();
      }

      await expire();

      assert.deepEqual(await namesOf(reference), ['CREATED']);
    });

    it('is either cancelled or expired when both come at once, never both', async () => {
      const references = await Promise.all(Array.from({ length: 10 }, () => aPayment()));
      await Promise.all(references.map((reference) => put(reference, { expires_at: new Date(0) })));

      const [responses] = await Promise.all([
        Promise.all(references.map((reference) => cancel(harness, reference))),
        expire(),
        expire(),
      ]);
      await expire();

      for (const [index, reference] of references.entries()) {
        const wasCancelled = responses[index]?.status === 200;
        assert.deepEqual(await namesOf(reference), [
          'CREATED',
          wasCancelled ? 'TERMINATED' : 'EXPIRED',
        ]);
        if (!wasCancelled) assert.equal(codeOf(responses[index] ?? assert.fail()), '6050');
      }
    });
  });

  describe('on its return page', () => {
    async function aReturningPayment(): Promise<{
      readonly reference: string;
      readonly path: string;
    }> {
      const merchant = await harness.aMerchant({ useReturnPage: true });
      const order = anOrder({ paymentDescription: '<Socks & shoes>' });
      harness.vipps.inits.length = 0;
      await create({ app: harness.app, merchant }, order);
      const url = new URL(harness.vipps.inits[0]?.request.pspRedirectUrl ?? '');
      return { reference: order.reference, path: url.pathname };
    }

    it('R80 R81 is pending, paid or failed by our own state, without a cookie', async () => {
      const { reference, path } = await aReturningPayment();
      const states: [PaymentState, string][] = [
        ['CREATED', 'pending'],
        ['ANSWERING', 'pending'],
        ['AUTHORISED', 'paid'],
        ['REVERSING', 'failed'],
        ['ABORTED', 'failed'],
        ['EXPIRED', 'failed'],
      ];
      for (const [state, status] of states) {
        await put(reference, { state });

        const page = await request(harness.app).get(path);
        const json = await request(harness.app).get(`${path}/status`);

        assert.equal(page.status, 200);
        assert.match(page.text, new RegExp(`<body class="${status}">`));
        assert.equal(page.text.includes('http-equiv="refresh"'), status === 'pending');
        assert.equal(
          page.text.includes('href="https://shop.vippsadapter.no'),
          status !== 'pending',
        );
        assert.deepEqual(json.body, { status });
        assert.equal(page.headers['set-cookie'], undefined);
      }
    });

    it('escapes what the merchant wrote, and may run and load nothing', async () => {
      const { path } = await aReturningPayment();

      const page = await request(harness.app).get(path);

      assert.match(page.text, /&lt;Socks &amp; shoes&gt;/);
      assert.match(page.text, /NOK 499\.00/);
      const style = /<style>(.*)<\/style>/s.exec(page.text)?.[1] ?? '';
      const hash = createHash('sha256').update(style).digest('base64');
      assert.equal(String(page.headers['content-security-policy']).includes(hash), true);
      assert.match(
        String(page.headers['content-security-policy']),
        /^default-src 'none'; style-src 'sha256-/,
      );
      assert.equal(page.headers['referrer-policy'], 'no-referrer');
      assert.equal(page.headers['cache-control'], 'no-store');
    });

    it('is not found under another token', async () => {
      for (const token of ['a', 'A'.repeat(43), '%00', '..%2f']) {
        const page = await request(harness.app).get(`/return/${token}`);
        const json = await request(harness.app).get(`/return/${token}/status`);
        assert.deepEqual([page.status, json.status], [404, 404]);
      }
    });
  });
});
