import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { type AuthorisationOutcome, type DeclineReason } from '../../../src/acquirer/acquirer.ts';
import { aPayment, stateOf } from '../../support/a-payment.ts';
import { eventually } from '../../support/eventually.ts';
import { fail } from '../../support/expected-answer.ts';
import { approved, scriptedAcquirer } from '../../support/scripted-acquirer.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import { merchantEventsOf, reversalsOf, tracesOf } from '../../support/traces-of-a-payment.ts';
import { callMakePayment } from '../../support/vipps-callback.ts';

const declines = {
  NO_SUCH_ISSUER: 81,
  REFUSED_BY_ISSUER: 82,
  SUSPECTED_FRAUD: 83,
  EXCEEDS_LIMIT: 84,
  EXPIRED_CARD: 86,
  INVALID_CARD_NUMBER: 87,
  CREDIT_NOT_ALLOWED: 88,
  INSUFFICIENT_FUNDS: 89,
} as const satisfies Record<DeclineReason, number>;

const held: readonly (readonly [AuthorisationOutcome, number, string?])[] = [
  [{ kind: 'NO_ANSWER', why: 'the connection broke' }, 85],
  [
    { kind: 'UNINTELLIGIBLE', responseCode: '10', why: 'a partial approval' },
    72,
    'The acquirer gave an answer that is not known',
  ],
];

describe('What Vipps is told of an outcome at the acquirer', () => {
  let adapter: TestAdapter;
  before(async () => {
    adapter = await startTestAdapter();
  });
  afterEach(() => {
    adapter.acquirer.authoriseWith(() => Promise.resolve(approved));
  });
  after(() => adapter[Symbol.asyncDispose]());

  for (const [reason, errorId] of Object.entries(declines)) {
    it(`R35 is ${errorId} for ${reason}, and nothing is reversed`, async () => {
      const payment = await aPayment(adapter.database);
      adapter.acquirer.authoriseWith(() =>
        Promise.resolve({ kind: 'DECLINED', reason: reason as DeclineReason, responseCode: '05' }),
      );

      const answer = await callMakePayment(adapter.publicApp, payment);

      assert.deepEqual(answer.body, fail(payment.pspTransactionId, errorId));
      assert.deepEqual(await tracesOf(adapter.database, payment), {
        state: 'FAILED',
        replyStatus: 'FAIL',
        delivery: 'NONE',
        outcome: 'DECLINED',
        reversal: null,
      });
      assert.deepEqual(await merchantEventsOf(adapter.database, payment), ['ABORTED']);
    });
  }

  for (const [outcome, errorId, text] of held) {
    it(`R35 R29 is ${errorId} for ${outcome.kind}, and it is reversed`, async () => {
      const payment = await aPayment(adapter.database);
      adapter.acquirer.authoriseWith(() => Promise.resolve(outcome));

      const answer = await callMakePayment(adapter.publicApp, payment);

      assert.deepEqual(answer.body, fail(payment.pspTransactionId, errorId, text));
      await eventually('FAILED', () => stateOf(adapter.database, payment));
      assert.deepEqual(reversalsOf(adapter.acquirer, payment), [
        `${payment.pspTransactionId}-a1-r1`,
      ]);
      assert.deepEqual(await merchantEventsOf(adapter.database, payment), ['ABORTED']);
    });
  }

  it('R54 R35 is 94 for a soft decline, for good, and the merchant sees ABORTED', async () => {
    const payment = await aPayment(adapter.database);
    adapter.acquirer.authoriseWith(() =>
      Promise.resolve({ kind: 'SOFT_DECLINED', responseCode: '1A' }),
    );

    const answer = await callMakePayment(adapter.publicApp, payment);
    adapter.acquirer.authoriseWith(() => Promise.resolve(approved));
    const again = await callMakePayment(adapter.publicApp, payment);

    assert.deepEqual(answer.body, fail(payment.pspTransactionId, 94));
    assert.equal(again.text, answer.text);
    assert.equal(await stateOf(adapter.database, payment), 'FAILED');
    assert.deepEqual(await merchantEventsOf(adapter.database, payment), ['ABORTED']);
  });

  it('R35 is 91 when nothing was sent, and nothing is reversed', async () => {
    const payment = await aPayment(adapter.database);
    adapter.acquirer.authoriseWith(() =>
      Promise.resolve({ kind: 'NOT_SENT', why: 'the breaker is open' }),
    );

    const answer = await callMakePayment(adapter.publicApp, payment);

    assert.deepEqual(answer.body, fail(payment.pspTransactionId, 91));
    assert.equal((await tracesOf(adapter.database, payment))?.reversal, null);
  });

  for (const how of ['throws', 'rejects'] as const) {
    it(`R37 is 91 when our own code ${how}, and what may be held is reversed`, async () => {
      const payment = await aPayment(adapter.database);
      adapter.acquirer.authoriseWith(() => {
        if (how === 'throws') throw new Error('a mistake in the acquirer’s folder');
        return Promise.reject(new Error('a mistake in the acquirer’s folder'));
      });

      const answer = await callMakePayment(adapter.publicApp, payment);

      assert.equal(answer.status, 200);
      assert.deepEqual(answer.body, fail(payment.pspTransactionId, 91));
      await eventually('FAILED', () => stateOf(adapter.database, payment));
      assert.equal(reversalsOf(adapter.acquirer, payment).length, 1);
    });
  }

  it('R28 asks for the stored amount, for the merchant as it is stored', async () => {
    const payment = await aPayment(adapter.database, { amountMinor: 12_345n });

    await callMakePayment(adapter.publicApp, payment, {
      further: { amount: 1, currency: 'SEK', merchant: { country: 'SE' } },
    });

    const asked = adapter.acquirer.authorisations.at(-1);
    assert.deepEqual(asked?.amount, { minor: 12_345n, currency: 'NOK' });
    assert.equal(asked.reference, `${payment.pspTransactionId}-a1`);
    assert.equal(asked.merchant.msn, payment.msn);
    assert.equal(asked.merchant.country, 'NO');
  });

  it('wipes the card once the acquirer has answered', async () => {
    const payment = await aPayment(adapter.database);

    await callMakePayment(adapter.publicApp, payment);

    const card = adapter.acquirer.authorisations.at(-1)?.card;
    assert.equal(card?.kind, 'PAN');
    assert.deepEqual(card.card.pan.expose(), Buffer.alloc(16));
  });
});

describe('With ERROR_ID_FORMAT=string', () => {
  it('R36 writes the error id as a string, in the answer and in its replay', async () => {
    const acquirer = scriptedAcquirer();
    acquirer.authoriseWith(() =>
      Promise.resolve({ kind: 'DECLINED', reason: 'INSUFFICIENT_FUNDS', responseCode: '51' }),
    );
    const adapter = await startTestAdapter({ acquirer, settings: { errorIdFormat: 'string' } });
    const payment = await aPayment(adapter.database);

    const answer = await callMakePayment(adapter.publicApp, payment);
    const again = await callMakePayment(adapter.publicApp, payment);

    assert.deepEqual(answer.body, fail(payment.pspTransactionId, '89'));
    assert.equal(again.text, answer.text);
    await adapter[Symbol.asyncDispose]();
  });
});
