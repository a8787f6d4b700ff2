import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type CallFailure } from '../../../src/psp-api/call-failure.ts';
import { type InitOutcome } from '../../../src/psp-api/psp-api.ts';
import {
  anOrder,
  cancel,
  codeOf,
  create,
  get,
  type Harness,
  initiated,
  startMerchantApi,
} from './a-merchant-api.ts';

type Detail = { readonly name: string; readonly reason: string };
type TransactionRow = { psp_transaction_id: string; superseded: boolean; current: boolean };

const refused = {
  kind: 'REFUSED',
  httpStatus: 400,
  code: '21',
  message: 'Merchant not available or active',
  mayHaveTakenEffect: false,
} as const;

const silence = {
  kind: 'NO_ANSWER',
  why: 'No answer within 5000 ms',
  mayHaveTakenEffect: true,
} as const;

describe('What init comes to', () => {
  let harness: Harness;
  before(async () => {
    harness = await startMerchantApi();
  });
  after(() => harness[Symbol.asyncDispose]());
  beforeEach(() => {
    harness.vipps.inits.length = 0;
    harness.vipps.behaviour = initiated;
  });

  const answers = (...outcomes: InitOutcome[]): void => {
    let turn = 0;
    harness.vipps.behaviour = (init) => outcomes[turn++] ?? initiated(init);
  };

  async function stateOf(reference: string): Promise<string | undefined> {
    const { rows } = await harness.database.hot.query<{ state: string }>(
      'select state from payment where reference = $1 order by created_at desc',
      [reference],
    );
    return rows[0]?.state;
  }

  async function transactionsOf(reference: string): Promise<readonly TransactionRow[]> {
    const { rows } = await harness.database.hot.query<TransactionRow>(
      `select t.psp_transaction_id, t.superseded_at is not null as superseded,
         t.psp_transaction_id = p.psp_transaction_id as current
       from payment p join psp_transaction t on t.payment_id = p.id
       where p.reference = $1 order by t.created_at`,
      [reference],
    );
    return rows;
  }

  /** The operation log of the payment: what happened, and what it says of that. */
  async function logOf(reference: string) {
    const { rows } = await harness.database.hot.query<{ event: string; detail: object }>(
      `select o.event, o.detail from operation o join payment p on p.id = o.payment_id
       where p.reference = $1 order by o.sequence`,
      [reference],
    );
    return rows.slice(1).map(({ event, detail }) => [event, detail]);
  }

  it('is in the operation log, each try of it', async () => {
    answers(silence);
    const order = anOrder();
    const key = { 'Idempotency-Key': randomUUID() };

    await create(harness, order, key);
    await create(harness, order, key);

    assert.deepEqual(await logOf(order.reference), [
      ['INIT_UNANSWERED', { failure: 'NO_ANSWER' }],
      ['INITIATED', { resumed: true }],
    ]);
  });

  describe('a refusal', () => {
    it("brings Vipps' own code and text back to the merchant", async () => {
      answers(refused);

      const response = await create(harness, anOrder());

      assert.equal(response.status, 400);
      const body = response.body as { detail: string; extraDetails: readonly Detail[] };
      assert.deepEqual(body.extraDetails, [
        { name: 'ErrorCode', reason: '5070' },
        { name: 'VippsErrorCode', reason: '21' },
      ]);
      assert.match(body.detail, /Merchant not available or active/);
    });

    it('sticks to the key, to the last byte, and sends nothing again', async () => {
      answers(refused);
      const order = anOrder();
      const key = { 'Idempotency-Key': randomUUID() };

      const first = await create(harness, order, key);
      const second = await create(harness, order, key);

      assert.equal(second.status, 400);
      assert.equal(second.text, first.text);
      assert.equal(second.headers['content-type'], first.headers['content-type']);
      assert.equal(harness.vipps.inits.length, 1);
    });

    it('gives the reference back, and the refused payment is seen no more', async () => {
      answers(refused);
      const order = anOrder();

      await create(harness, order);
      const read = await get(harness, order.reference);
      const again = await create(harness, order);

      assert.equal(read.status, 404);
      assert.equal(again.status, 201);
      assert.equal((await get(harness, order.reference)).status, 200);
    });

    it('for ids that Vipps has, without a lost answer before it, is a refusal', async () => {
      answers({ ...refused, code: '44', duplicate: 'TRANSACTION' });

      const response = await create(harness, anOrder());

      assert.equal(response.status, 400);
      assert.equal(harness.vipps.inits.length, 1);
    });

    it('after a lost answer closes the payment and keeps the reference', async () => {
      answers({ ...refused, mayHaveTakenEffect: true });
      const order = anOrder();

      const response = await create(harness, order);
      const again = await create(harness, order);

      assert.deepEqual([response.status, again.status], [400, 409]);
      assert.equal(await stateOf(order.reference), 'FAILED');
      const read = await get(harness, order.reference);
      assert.equal((read.body as { state: string }).state, 'ABORTED');
    });
  });

  describe('an unknown fate', () => {
    const fates: readonly (readonly [string, CallFailure, number])[] = [
      ['no answer', silence, 504],
      ['no connection', { kind: 'NOT_SENT', why: 'refused', mayHaveTakenEffect: false }, 504],
      ['401 with a fresh token', { kind: 'UNAUTHORISED', mayHaveTakenEffect: false }, 502],
      [
        'a 500',
        { kind: 'FAILED', httpStatus: 500, code: '500', message: '', mayHaveTakenEffect: true },
        502,
      ],
      [
        'an open breaker',
        { kind: 'BREAKER_OPEN', retryAfterSeconds: 4, mayHaveTakenEffect: false },
        503,
      ],
    ];
    for (const [what, failure, status] of fates) {
      it(`of ${what} is ${status}/3010 and resumed by the same key as the same call`, async () => {
        answers(failure);
        const order = anOrder({ customer: { phoneNumber: '4791234567' } });
        const key = { 'Idempotency-Key': randomUUID() };

        const first = await create(harness, order, key);
        const otherKey = await create(harness, order);
        const second = await create(harness, order, key);
        const third = await create(harness, order, key);

        assert.equal(first.status, status);
        assert.equal(codeOf(first), '3010');
        assert.equal(codeOf(otherKey), '4150');
        assert.deepEqual([second.status, third.status], [201, 201]);
        assert.equal(third.text, second.text);
        assert.equal(harness.vipps.inits.length, 2);
        const [sent, resent] = harness.vipps.inits;
        assert.ok(sent && resent);
        assert.equal(resent.context.requestId, sent.context.requestId);
        const { makePaymentToken, ...members } = sent.request;
        const { makePaymentToken: tokenAgain, ...membersAgain } = resent.request;
        assert.deepEqual(membersAgain, members);
        assert.equal(tokenAgain.expose(), makePaymentToken.expose());
      });
    }

    it('of an open breaker says when to come back', async () => {
      answers({ kind: 'BREAKER_OPEN', retryAfterSeconds: 4, mayHaveTakenEffect: false });

      const response = await create(harness, anOrder());

      assert.equal(response.headers['retry-after'], '4');
    });

    it('that ended in the meantime is not announced any more', async () => {
      answers(silence);
      const order = anOrder();
      const key = { 'Idempotency-Key': randomUUID() };

      await create(harness, order, key);
      await cancel(harness, order.reference);
      const again = await create(harness, order, key);

      assert.equal(again.status, 400);
      assert.equal(codeOf(again), '5070');
      assert.equal(harness.vipps.inits.length, 1);
    });

    it('that the customer has acted on is a success, though its URL is lost', async () => {
      answers(silence);
      const order = anOrder();
      const key = { 'Idempotency-Key': randomUUID() };

      await create(harness, order, key);
      await harness.database.hot.query(
        `update payment set state = 'AUTHORISING' where reference = $1`,
        [order.reference],
      );
      const again = await create(harness, order, key);

      assert.equal(again.status, 201);
      assert.deepEqual(again.body, { reference: order.reference });
    });
  });

  describe('ids that a lost answer burnt', () => {
    const burnt = {
      ...refused,
      code: '44',
      message: 'PSP Transaction ID already exists',
      duplicate: 'TRANSACTION',
      mayHaveTakenEffect: true,
    } as const;

    it('are superseded by new ones, which are sent with a Request-Id of their own', async () => {
      answers(burnt);
      const order = anOrder();

      const response = await create(harness, order);

      assert.equal(response.status, 201);
      const [first, second] = harness.vipps.inits;
      assert.ok(first && second);
      assert.notEqual(second.context.requestId, first.context.requestId);
      assert.notEqual(second.request.merchantOrderId, first.request.merchantOrderId);
      assert.deepEqual(await transactionsOf(order.reference), [
        { psp_transaction_id: first.request.pspTransactionId, superseded: true, current: false },
        { psp_transaction_id: second.request.pspTransactionId, superseded: false, current: true },
      ]);
    });

    it("are superseded also where the lost answer was an earlier request's", async () => {
      answers(silence, { ...burnt, mayHaveTakenEffect: false });
      const order = anOrder();
      const key = { 'Idempotency-Key': randomUUID() };

      await create(harness, order, key);
      const response = await create(harness, order, key);

      assert.equal(response.status, 201);
      assert.equal((await transactionsOf(order.reference)).length, 2);
    });

    it('stay where a callback opened a leg first', async () => {
      const order = anOrder();
      harness.vipps.behaviour = async () => {
        await harness.database.hot.query(
          `update payment set state = 'AUTHORISING', version = version + 1 where reference = $1`,
          [order.reference],
        );
        return burnt;
      };

      const response = await create(harness, order);

      assert.equal(response.status, 201);
      assert.deepEqual(response.body, { reference: order.reference });
      assert.equal((await transactionsOf(order.reference)).length, 1);
    });

    it('are given up on in the end', async () => {
      answers(burnt, burnt, burnt, burnt);
      const order = anOrder();

      const response = await create(harness, order);

      assert.equal(response.status, 400);
      assert.equal(harness.vipps.inits.length, 3);
      assert.equal(await stateOf(order.reference), 'FAILED');
    });
  });

  describe('on the rail of the payment', () => {
    const railTo = (rail: string) =>
      harness.database.hot.query('update merchant set rail = $1', [rail]);
    const pathOf = (url: string): string => new URL(url).pathname;
    afterEach(() => railTo('psp-v2'));

    it('R1 R6 goes to the version that the merchant is set to, with a callback of its own', async () => {
      for (const [rail, version] of [['psp-v3', 'v3'] as const, ['psp-v2', 'v2'] as const]) {
        harness.vipps.inits.length = 0;
        await railTo(rail);
        const order = anOrder();

        const response = await create(harness, order);

        assert.equal(response.status, 201);
        const [init] = harness.vipps.inits;
        assert.equal(init?.context.version, version);
        assert.equal(pathOf(init.request.makePaymentUrl), `/vipps/psp/${version}/makePayment`);
        assert.match(init.request.pspTransactionId, /^[a-z0-9]{1,30}$/);
        assert.match(init.request.merchantOrderId, /^[a-z0-9]{1,30}$/);
      }
    });

    it('R14 is the same call again after silence, although the merchant was moved meanwhile', async () => {
      answers(silence);
      const order = anOrder();
      const key = { 'Idempotency-Key': randomUUID() };

      await create(harness, order, key);
      await railTo('psp-v3');
      const response = await create(harness, order, key);

      assert.equal(response.status, 201);
      const [first, second] = harness.vipps.inits;
      assert.equal(second?.context.version, 'v2');
      assert.equal(second.context.requestId, first?.context.requestId);
      assert.equal(second.request.makePaymentUrl, first?.request.makePaymentUrl);
    });

    it('gets new ids on its own rail, although the merchant was moved meanwhile', async () => {
      await railTo('psp-v3');
      answers(silence, { ...refused, code: '44', duplicate: 'TRANSACTION' });
      const order = anOrder();
      const key = { 'Idempotency-Key': randomUUID() };

      await create(harness, order, key);
      await railTo('psp-v2');
      const response = await create(harness, order, key);

      assert.equal(response.status, 201);
      assert.deepEqual(
        harness.vipps.inits.map(({ context }) => context.version),
        ['v3', 'v3', 'v3'],
      );
      assert.equal((await transactionsOf(order.reference)).length, 2);
    });
  });

  it('is recorded even where the merchant cancelled in the meantime', async () => {
    const order = anOrder();
    harness.vipps.behaviour = async (init) => {
      await cancel(harness, order.reference);
      return initiated(init);
    };

    const response = await create(harness, order);

    assert.equal(response.status, 201);
    assert.equal(await stateOf(order.reference), 'TERMINATED');
  });
});
