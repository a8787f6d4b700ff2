import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import request from 'supertest';
import { statusUpdatesAnswer } from '../../../src/back-office/status-update-messages.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import { eventsOf } from '../../support/traces-of-a-payment.ts';
import { amountsOf, anAuthorisedPayment, updatesOf } from '../modifications/a-modification.ts';
import { theOffice } from './the-office.ts';

type Line = Readonly<Record<string, unknown>>;

describe('status updates of the back office', () => {
  let adapter: TestAdapter;
  let office: ReturnType<typeof theOffice>;
  before(async () => {
    // Nothing leaves: what is enqueued stays to be looked at.
    const statusUpdateSchedule = {
      kind: 'DAILY',
      at: { time: '00:00', zone: 'UTC' },
    } as const;
    adapter = await startTestAdapter({ settings: { statusUpdateSchedule } });
    office = theOffice(adapter);
  });
  after(() => adapter[Symbol.asyncDispose]());

  const aPaymentOf = (amountMinor = 10_000n) =>
    anAuthorisedPayment(adapter.database, { amountMinor });

  async function report(...transactions: readonly unknown[]) {
    const answer = await office.post('/status-updates', { transactions });
    assert.equal(answer.status, 200, answer.text);
    return statusUpdatesAnswer.parse(answer.body).transactions;
  }

  const short = (lines: Awaited<ReturnType<typeof report>>) =>
    lines.map(({ result, error }) => error?.code ?? result);

  const captured = (pspTransactionId: string, amount: number, further: Line = {}): Line => ({
    pspTransactionId,
    status: 'CAPTURED',
    amount,
    currency: 'NOK',
    ...further,
  });

  it('R60 R63 are recorded and reported, each line once and in order', async () => {
    const payment = await aPaymentOf();
    const { pspTransactionId } = payment;

    const answer = await report(
      captured(pspTransactionId, 4_000, { paymentText: 'First box', operationStatus: 'SUCCESS' }),
      captured(pspTransactionId, 3_000),
      { pspTransactionId, status: 'REFUNDED', amount: 500, currency: 'NOK' },
      { pspTransactionId, status: 'CANCELLED', amount: 3_000, currency: 'NOK' },
    );

    assert.deepEqual(
      answer,
      [0, 1, 2, 3].map((index) => ({ index, pspTransactionId, result: 'ACCEPTED' })),
    );
    assert.deepEqual(await updatesOf(adapter.database, payment), [
      ['CAPTURED', 4_000n, 'SUCCESS', 'First box'],
      ['CAPTURED', 3_000n, 'SUCCESS', 'A purchase'],
      ['REFUNDED', 500n, 'SUCCESS', 'A purchase'],
      ['CANCELLED', 3_000n, 'SUCCESS', 'A purchase'],
    ]);
    assert.deepEqual(await amountsOf(adapter.database, payment), {
      captured: 7_000n,
      capturing: 0n,
      cancelled: 3_000n,
      cancelling: 0n,
      refunded: 500n,
      refunding: 0n,
    });
  });

  it('count once however often the same line comes, and in whatever order of its members', async () => {
    const { pspTransactionId, ...payment } = await aPaymentOf();
    const line = captured(pspTransactionId, 1_000);
    const turned = { currency: 'NOK', amount: 1_000, status: 'CAPTURED', pspTransactionId };
    const withDefaults = { pspTransactionId, status: 'CAPTURED', amount: 1_000, paymentText: null };

    const first = short(await report(line, line, turned));
    const second = short(await report(line, withDefaults, { ...line, operationStatus: 'SUCCESS' }));

    assert.deepEqual(first, ['ACCEPTED', 'DUPLICATE', 'DUPLICATE']);
    assert.deepEqual(second, ['DUPLICATE', 'DUPLICATE', 'DUPLICATE']);
    assert.equal((await updatesOf(adapter.database, payment)).length, 1);
  });

  it('count once when the same body comes many times at once', async () => {
    const payments = await Promise.all([1, 2, 3].map(() => aPaymentOf()));
    const lines = payments.map(({ pspTransactionId }) => captured(pspTransactionId, 10_000));

    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, turn) => report(...(turn % 2 ? lines : lines.toReversed()))),
    );

    const results = answers.flatMap(short);
    assert.equal(results.filter((result) => result === 'ACCEPTED').length, 3);
    assert.equal(results.filter((result) => result === 'DUPLICATE').length, 21);
    for (const payment of payments) {
      assert.equal((await updatesOf(adapter.database, payment)).length, 1);
    }
  });

  it('are told apart by operationId, and one id means one operation', async () => {
    const { pspTransactionId, ...payment } = await aPaymentOf();

    const results = short(
      await report(
        captured(pspTransactionId, 1_000, { operationId: 'till 7, no. 1' }),
        captured(pspTransactionId, 1_000, { operationId: 'till 7, no. 2' }),
        captured(pspTransactionId, 1_000, { operationId: 'till 7, no. 1' }),
        captured(pspTransactionId, 1_001, { operationId: 'till 7, no. 1' }),
        captured(pspTransactionId, 1_000),
      ),
    );

    assert.deepEqual(results, [
      'ACCEPTED',
      'ACCEPTED',
      'DUPLICATE',
      'OPERATION_ID_REUSED',
      'ACCEPTED',
    ]);
    assert.equal((await updatesOf(adapter.database, payment)).length, 3);
  });

  it('R67 that failed are recorded and reported as failed, and move nothing', async () => {
    const payment = await aPaymentOf();
    const failed = captured(payment.pspTransactionId, 99_999, { operationStatus: 'FAILED' });

    assert.deepEqual(short(await report(failed)), ['ACCEPTED']);
    assert.equal((await amountsOf(adapter.database, payment))?.captured, 0n);
    assert.deepEqual(await updatesOf(adapter.database, payment), [
      ['CAPTURED', 99_999n, 'FAILED', 'A purchase'],
    ]);
    assert.equal((await eventsOf(adapter.database, payment)).at(-1), 'CAPTURE_FAILED');
  });

  it('R61 of reservations are refused', async () => {
    const payment = await aPaymentOf();
    const line = { ...captured(payment.pspTransactionId, 1_000), status: 'RESERVED' };

    assert.deepEqual(short(await report(line)), ['RESERVED_NOT_TAKEN']);
    assert.deepEqual(await updatesOf(adapter.database, payment), []);
  });

  it('that are bad are refused by themselves, with nothing recorded and nothing sent', async () => {
    const payment = await aPaymentOf();
    const failed = await anAuthorisedPayment(adapter.database, { state: 'FAILED' });
    const { pspTransactionId } = payment;
    const bad: readonly (readonly [string, unknown])[] = [
      ['MALFORMED_LINE', null],
      ['MALFORMED_LINE', 'CAPTURED'],
      ['MALFORMED_LINE', []],
      ['MALFORMED_LINE', {}],
      ['MALFORMED_LINE', captured(pspTransactionId, 0)],
      ['MALFORMED_LINE', captured(pspTransactionId, -1)],
      ['MALFORMED_LINE', captured(pspTransactionId, 1.5)],
      ['MALFORMED_LINE', captured(pspTransactionId, 2 ** 53)],
      ['MALFORMED_LINE', { ...captured(pspTransactionId, 1), amount: '1' }],
      ['MALFORMED_LINE', { ...captured(pspTransactionId, 1), status: 'captured' }],
      ['MALFORMED_LINE', { ...captured(pspTransactionId, 1), currency: 'kr' }],
      ['MALFORMED_LINE', { ...captured(pspTransactionId, 1), operationStatus: 'DONE' }],
      ['MALFORMED_LINE', { ...captured(pspTransactionId, 1), operationId: '' }],
      ['MALFORMED_LINE', { ...captured(pspTransactionId, 1), operationId: 'x'.repeat(65) }],
      ['MALFORMED_LINE', { ...captured(pspTransactionId, 1), paymentText: 'a\0b' }],
      ['MALFORMED_LINE', { ...captured(pspTransactionId, 1), operationId: '\ud800' }],
      ['UNKNOWN_PAYMENT', captured('nobodys', 1)],
      ['OTHER_CURRENCY', { ...captured(pspTransactionId, 1), currency: 'SEK' }],
      ['NOT_AUTHORISED', captured(failed.pspTransactionId, 1)],
      ['MORE_THAN_IS_LEFT', captured(pspTransactionId, 10_001)],
      ['MORE_THAN_IS_LEFT', { ...captured(pspTransactionId, 1), status: 'REFUNDED' }],
    ];
    const good = captured(pspTransactionId, 10_000);

    const results = short(await report(...bad.map(([, line]) => line), good));

    assert.deepEqual(results, [...bad.map(([code]) => code), 'ACCEPTED']);
    assert.equal((await updatesOf(adapter.database, payment)).length, 1);
    assert.deepEqual(await updatesOf(adapter.database, failed), []);
  });

  it('of thousands of lines keep the order within each payment', async () => {
    const payments = await Promise.all(Array.from({ length: 20 }, () => aPaymentOf()));
    const lines = Array.from({ length: 2_000 }, (_, line) =>
      captured(payments[line % 20]?.pspTransactionId ?? '', 1 + Math.floor(line / 20)),
    );

    const results = short(await report(...lines));

    assert.deepEqual([...new Set(results)], ['ACCEPTED']);
    for (const payment of payments) {
      const amounts = (await updatesOf(adapter.database, payment)).map(([, amount]) => amount);
      assert.deepEqual(
        amounts,
        Array.from({ length: 100 }, (_, turn) => BigInt(turn + 1)),
      );
    }
  });

  it('that are no such object are refused as a whole', async () => {
    for (const body of ['', '{', 'null', '[]', '"x"', '{}', '{"transactions":{}}', '\xff{}']) {
      const answer = await office.post('/status-updates', body);
      assert.equal(answer.status, 400, body);
      assert.equal((answer.body as { code?: string }).code, 'BODY_INVALID');
      assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json/);
    }
  });

  it('of no line at all are nothing', async () => {
    assert.deepEqual(await report(), []);
  });

  it('of too many lines or bytes are refused with 413', async () => {
    const manyLines = { transactions: Array.from({ length: 10_001 }, () => 0) };
    const manyBytes = { transactions: ['x'.repeat(5 * 1024 * 1024)] };

    assert.equal((await office.post('/status-updates', manyLines)).status, 413);
    assert.equal((await office.post('/status-updates', manyBytes)).status, 413);
    assert.equal((await report(...Array.from({ length: 10_000 }, () => 0))).length, 10_000);
  });

  it('get a result for each line whatever the lines are', async () => {
    const payment = await aPaymentOf(100n);
    const member = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.string({ unit: 'binary' }));
    const nearlyGood = fc.record(
      {
        pspTransactionId: fc.oneof(fc.constant(payment.pspTransactionId), member),
        status: fc.oneof(fc.constantFrom('CAPTURED', 'CANCELLED', 'REFUNDED', 'RESERVED'), member),
        amount: fc.oneof(fc.integer({ min: -1, max: 60 }), member),
        currency: fc.oneof(fc.constant('NOK'), member),
        paymentText: fc.string({ unit: 'binary', maxLength: 110 }),
        operationStatus: fc.oneof(fc.constantFrom('SUCCESS', 'FAILED'), member),
        operationId: fc.string({ unit: 'binary', maxLength: 70 }),
      },
      { requiredKeys: ['pspTransactionId', 'status', 'amount'] },
    );
    const soup = fc.array(fc.oneof(nearlyGood, nearlyGood, fc.jsonValue()), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(soup, async (lines) => {
        const results = await report(...lines);
        assert.deepEqual(
          results.map(({ index }) => index),
          lines.map((_, index) => index),
        );
        assert.equal(short(results).includes('NOT_NOW'), false);
      }),
      { numRuns: 100 },
    );
    const amounts = await amountsOf(adapter.database, payment);
    assert.ok((amounts?.captured ?? 0n) + (amounts?.cancelled ?? 0n) <= 100n);
  });
});

describe('the back office', () => {
  let adapter: TestAdapter;
  before(async () => {
    adapter = await startTestAdapter();
  });
  after(() => adapter[Symbol.asyncDispose]());

  const withheld = ['', 'Bearer', 'Bearer wrong', 'Basic YTpi', 'a back-office token for tests'];
  for (const authorization of withheld) {
    it(`is closed to "${authorization}"`, async () => {
      for (const path of ['/status-updates', '/payments', '/merchants', '/stuck', '/nowhere']) {
        const answer = await request(adapter.internalApp)
          .post(`/back-office/v1${path}`)
          .set('Authorization', authorization)
          .send('{"transactions":[]}');
        assert.equal(answer.status, 401, path);
        assert.equal(answer.headers['www-authenticate'], 'Bearer');
      }
    });
  }

  it('is not on the public listener', async () => {
    const answer = await theOffice({ internalApp: adapter.publicApp }).post('/status-updates');
    assert.equal(answer.status, 404);
  });

  it('leaves health and readiness open', async () => {
    assert.equal((await request(adapter.internalApp).get('/health')).status, 200);
    assert.equal((await request(adapter.internalApp).get('/ready')).status, 200);
  });
});
