import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { scriptedAcquirer } from '../../support/scripted-acquirer.ts';
import { eventsOf } from '../../support/traces-of-a-payment.ts';
import {
  codeOf,
  countOf,
  fieldsOf,
  type Harness,
  startMerchantApi,
} from '../merchant-api/a-merchant-api.ts';
import {
  amountOf,
  amountsOf,
  anAuthorisedPayment,
  type AuthorisedTraits,
  cancel,
  capture,
  modify,
  refund,
  updatesOf,
} from './a-modification.ts';

interface Case {
  readonly what: string;
  readonly call: 'capture' | 'refund' | 'cancel';
  readonly payment?: AuthorisedTraits & {
    readonly captured?: number;
    readonly cancelled?: number;
    readonly refunded?: number;
  };
  readonly body?: object;
  readonly expected: readonly [status: number, code: string];
}

const body = amountOf(1_000);
const processing = ['AUTHORISING', 'ANSWERING', 'STEP_UP'] as const;
const ended = ['REVERSING', 'FAILED', 'ABORTED', 'EXPIRED', 'TERMINATED'] as const;

const cases: readonly Case[] = [
  { what: 'a negative amount', call: 'capture', body: amountOf(-1), expected: [400, '4040'] },
  { what: 'a fraction', call: 'capture', body: amountOf(1.5), expected: [400, '4040'] },
  { what: 'a string', call: 'refund', body: amountOf('1000'), expected: [400, '4040'] },
  {
    what: 'an amount beyond 650,000 kroner',
    call: 'capture',
    body: amountOf(65_000_001),
    expected: [400, '4040'],
  },
  { what: 'an amount of 2^53', call: 'refund', body: amountOf(2 ** 53), expected: [400, '4040'] },
  { what: 'a missing amount', call: 'capture', body: {}, expected: [400, '4040'] },
  {
    what: 'an amount that is no object',
    call: 'refund',
    body: { modificationAmount: 1 },
    expected: [400, '4040'],
  },
  { what: 'nothing', call: 'capture', body: amountOf(0), expected: [400, '6010'] },
  {
    what: 'nothing',
    call: 'refund',
    payment: { captured: 1_000 },
    body: amountOf(0),
    expected: [400, '6010'],
  },
  {
    what: 'another currency',
    call: 'capture',
    body: amountOf(1_000, 'EUR'),
    expected: [400, '5040'],
  },
  {
    what: 'another currency',
    call: 'refund',
    payment: { captured: 1_000 },
    body: amountOf(1_000, 'kroner'),
    expected: [400, '5040'],
  },
  {
    what: 'a payment that waits for its customer',
    call: 'capture',
    payment: { state: 'CREATED' },
    expected: [400, '6080'],
  },
  {
    what: 'a payment that waits for its customer',
    call: 'refund',
    payment: { state: 'CREATED' },
    expected: [400, '6020'],
  },
  ...processing.flatMap((state): Case[] => [
    {
      what: `a payment that is ${state}`,
      call: 'capture',
      payment: { state },
      expected: [423, '6160'],
    },
    {
      what: `a payment that is ${state}`,
      call: 'refund',
      payment: { state },
      expected: [423, '6160'],
    },
    {
      what: `a payment that is ${state}`,
      call: 'cancel',
      payment: { state },
      expected: [409, '6250'],
    },
  ]),
  ...ended.flatMap((state): Case[] => [
    {
      what: `a payment that is ${state}`,
      call: 'capture',
      payment: { state },
      expected: [400, '6200'],
    },
    {
      what: `a payment that is ${state}`,
      call: 'refund',
      payment: { state },
      expected: [400, '6210'],
    },
    {
      what: `a payment that is ${state}`,
      call: 'cancel',
      payment: { state },
      expected: [400, '6050'],
    },
  ]),
  {
    what: 'more than was authorised',
    call: 'capture',
    body: amountOf(4_901),
    expected: [400, '6090'],
  },
  {
    what: 'more than is left',
    call: 'capture',
    payment: { captured: 4_000 },
    body: amountOf(901),
    expected: [400, '6090'],
  },
  {
    what: 'a payment that is captured in full',
    call: 'capture',
    payment: { captured: 4_900 },
    expected: [400, '6170'],
  },
  {
    what: 'a payment that is cancelled',
    call: 'capture',
    payment: { cancelled: 4_900 },
    expected: [400, '6070'],
  },
  {
    what: 'a payment whose remainder is cancelled',
    call: 'capture',
    payment: { captured: 1_000, cancelled: 3_900 },
    expected: [400, '6070'],
  },
  {
    what: 'a payment of 180 days ago',
    call: 'capture',
    payment: { authorisedDaysAgo: 180 },
    expected: [400, '6100'],
  },
  { what: 'a payment of which nothing is captured', call: 'refund', expected: [400, '6150'] },
  {
    what: 'more than is captured',
    call: 'refund',
    payment: { captured: 999 },
    expected: [400, '6150'],
  },
  {
    what: 'more than is left to refund',
    call: 'refund',
    payment: { captured: 2_000, refunded: 1_001 },
    expected: [400, '6150'],
  },
  {
    what: 'a payment that is refunded in full',
    call: 'refund',
    payment: { captured: 2_000, refunded: 2_000 },
    expected: [400, '6180'],
  },
  {
    what: 'a payment of 365 days ago',
    call: 'refund',
    payment: { captured: 2_000, authorisedDaysAgo: 365 },
    expected: [400, '6220'],
  },
  {
    what: 'a payment that is captured in full',
    call: 'cancel',
    payment: { captured: 4_900 },
    expected: [400, '6040'],
  },
  {
    what: 'a payment that is cancelled',
    call: 'cancel',
    payment: { cancelled: 4_900 },
    expected: [400, '6190'],
  },
  {
    what: 'a payment of 180 days ago',
    call: 'cancel',
    payment: { authorisedDaysAgo: 180 },
    expected: [400, '6030'],
  },
  {
    what: 'an authorised payment with cancelTransactionOnly',
    call: 'cancel',
    body: { cancelTransactionOnly: true },
    expected: [400, '6060'],
  },
];

describe('A modification is refused, with nothing recorded and nothing sent,', () => {
  const acquirer = scriptedAcquirer();
  let harness: Harness;
  before(async () => {
    harness = await startMerchantApi({ acquirer });
  });
  after(() => harness[Symbol.asyncDispose]());

  async function aPayment({
    captured = 0,
    cancelled = 0,
    refunded = 0,
    ...traits
  }: NonNullable<Case['payment']> = {}) {
    const { msn } = harness.merchant;
    const payment = await anAuthorisedPayment(harness.database, { msn, ...traits });
    await harness.database.hot.query(
      'update payment set captured_minor = $2, cancelled_minor = $3, refunded_minor = $4 where id = $1',
      [payment.id, captured, cancelled, refunded],
    );
    return payment;
  }

  for (const { what, call, payment: traits, body: given = body, expected } of cases) {
    it(`${expected.join('/')} for the ${call} of ${what}`, async () => {
      const payment = await aPayment(traits);
      const before = await amountsOf(harness.database, payment);
      const eventsBefore = await eventsOf(harness.database, payment);

      const response =
        call === 'cancel'
          ? await cancel(harness, payment.reference, undefined, given === body ? undefined : given)
          : await modify(harness, call, payment.reference, { body: given });

      assert.deepEqual([response.status, codeOf(response)], expected);
      assert.match(String(response.headers['content-type']), /^application\/problem\+json/);
      assert.deepEqual(await amountsOf(harness.database, payment), before);
      assert.deepEqual(await eventsOf(harness.database, payment), eventsBefore);
      assert.deepEqual(await updatesOf(harness.database, payment), []);
      assert.equal(await countOf(harness, 'modification'), 0);
      assert.deepEqual(acquirer.modifications, []);
    });
  }

  it("404/5090 for a payment that is unknown, another merchant's, or not even a reference", async () => {
    const other = await harness.aMerchant();
    const foreign = await anAuthorisedPayment(harness.database, { msn: other.msn });

    for (const reference of ['no-such-payment', foreign.reference, 'x']) {
      for (const call of [capture, refund]) {
        const response = await call(harness, reference, 1_000);
        assert.deepEqual([response.status, codeOf(response)], [404, '5090']);
      }
      const response = await cancel(harness, reference);
      assert.deepEqual([response.status, codeOf(response)], [404, '5090']);
    }
  });

  it('400/4140 without an Idempotency-Key, and 400 without a body or with one that cannot be read', async () => {
    const { reference } = await aPayment();

    const noKey = await modify(harness, 'capture', reference, {
      body,
      headers: { 'Idempotency-Key': undefined },
    });
    const noBody = await modify(harness, 'capture', reference, { body: '' });
    const noJson = await modify(harness, 'refund', reference, { body: '{' });
    const noCurrency = await modify(harness, 'capture', reference, {
      body: { modificationAmount: { value: 1_000 } },
    });

    assert.deepEqual([noKey.status, codeOf(noKey)], [400, '4140']);
    assert.deepEqual([noBody.status, noJson.status, noCurrency.status], [400, 400, 400]);
    assert.deepEqual(fieldsOf(noCurrency), ['ModificationAmount.Currency']);
  });

  it('but not on the last day, nor for the last øre', async () => {
    const young = await aPayment({ authorisedDaysAgo: 179 });
    const old = await aPayment({ authorisedDaysAgo: 364, captured: 1 });

    const answers = [
      await capture(harness, young.reference, 1),
      await cancel(harness, young.reference),
      await refund(harness, old.reference, 1),
    ];

    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
  });

  it('429 beyond the limit of a minute, for each kind of call by itself', async () => {
    await using limited = await startMerchantApi({
      acquirer,
      rateLimits: { writesPerMinute: 1, readsPerMinute: undefined },
    });
    const { reference } = await anAuthorisedPayment(limited.database, {
      msn: limited.merchant.msn,
    });

    const answers = [
      await capture(limited, reference, 1_000),
      await refund(limited, reference, 1_000),
      await cancel(limited, reference),
      await capture(limited, reference, 1_000),
      await refund(limited, reference, 1_000),
      await cancel(limited, reference),
    ];

    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 429, 429, 429],
    );
  });
});
