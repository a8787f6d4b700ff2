import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { testCardFunding } from '../../../src/sandbox/test-card-funding.ts';
import { type APayment, aPayment, stateOf } from '../../support/a-payment.ts';
import { fail, ok } from '../../support/expected-answer.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import { authorisationsOf } from '../../support/traces-of-a-payment.ts';
import { callMakePayment, encryptCard } from '../../support/vipps-callback.ts';

const credit = '4111111111111111';
const debit = '4925000000000004';
const unknown = '6011000000000004';

describe("a merchant's rules", () => {
  let adapter: TestAdapter;
  before(async () => {
    adapter = await startTestAdapter({ cardFunding: testCardFunding });
  });
  after(() => adapter[Symbol.asyncDispose]());

  async function paymentUnder(msn: string, rules: string, amountMinor = 4_900n): Promise<APayment> {
    const payment = await aPayment(adapter.database, { msn, amountMinor });
    await adapter.database.hot.query(`update merchant set ${rules} where msn = $1`, [msn]);
    return payment;
  }

  const pay = (payment: APayment, pan: string) =>
    callMakePayment(adapter.publicApp, payment, { cardData: encryptCard({ pan }) });

  it('refuse credit cards with 88 and ask no acquirer', async () => {
    const payment = await paymentUnder('200001', 'credit_cards_allowed = false');

    const answer = await pay(payment, credit);
    const again = await pay(payment, debit);

    assert.deepEqual(
      answer.body,
      fail(payment.pspTransactionId, 88, 'Merchant does not allow credit cards'),
    );
    assert.equal(again.text, answer.text, 'the refusal is final');
    assert.equal(authorisationsOf(adapter.acquirer, payment), 0);
    assert.equal(await stateOf(adapter.database, payment), 'FAILED');
  });

  for (const [name, pan] of Object.entries({ debit, unknown })) {
    it(`let a card of ${name} funding pass where credit cards are refused`, async () => {
      const payment = await paymentUnder('200001', 'credit_cards_allowed = false');

      assert.deepEqual((await pay(payment, pan)).body, ok(payment.pspTransactionId));
    });
  }

  it('refuse what is over the limit of a payment with 84 and ask no acquirer', async () => {
    const payment = await paymentUnder('200002', 'payment_limit_minor = 4899');

    const answer = await pay(payment, debit);

    assert.deepEqual(
      answer.body,
      fail(payment.pspTransactionId, 84, 'Exceeds withdrawal amount limit'),
    );
    assert.equal(authorisationsOf(adapter.acquirer, payment), 0);
    assert.equal(await stateOf(adapter.database, payment), 'FAILED');
  });

  it('let a payment of just the limit pass', async () => {
    const payment = await paymentUnder('200003', 'payment_limit_minor = 4900');

    assert.deepEqual((await pay(payment, debit)).body, ok(payment.pspTransactionId));
  });
});
