import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aPayment, stateOf } from '../../support/a-payment.ts';
import { eventually } from '../../support/eventually.ts';
import { approved, silence } from '../../support/scripted-acquirer.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import { callMakePayment, encryptCard } from '../../support/vipps-callback.ts';

const fail = (pspTransactionId: string, errorId: number, errorText: string) => ({
  errorMessage: { errorId, errorText },
  paymentInfo: { pspTransactionId, status: 'FAIL' },
});

describe('POST makePayment, by the state of the payment', () => {
  let adapter: TestAdapter;
  before(async () => {
    adapter = await startTestAdapter();
  });
  after(() => adapter[Symbol.asyncDispose]());

  it('R26 R27 answers OK for an approval, and the payment becomes AUTHORISED', async () => {
    const payment = await aPayment(adapter.database);

    const answer = await callMakePayment(adapter.publicApp, payment);

    assert.equal(answer.status, 200);
    assert.match(String(answer.headers['content-type']), /^application\/json/);
    assert.deepEqual(answer.body, {
      paymentInfo: { pspTransactionId: payment.pspTransactionId, status: 'OK' },
    });
    await eventually('AUTHORISED', () => stateOf(adapter.database, payment));
  });

  it('R30 gives concurrent duplicates one authorisation and one answer', async () => {
    const payment = await aPayment(adapter.database);
    const before = adapter.acquirer.authorisations.length;

    const answers = await Promise.all(
      Array.from({ length: 5 }, () => callMakePayment(adapter.publicApp, payment)),
    );

    assert.equal(adapter.acquirer.authorisations.length - before, 1);
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
    assert.match(answers[0]?.text ?? '', /"status":"OK"/);
  });

  it('R29 says FAIL 85 when the acquirer hangs, and reverses', async () => {
    const payment = await aPayment(adapter.database);
    adapter.acquirer.authoriseWith(silence);

    const answer = await callMakePayment(adapter.publicApp, payment);
    adapter.acquirer.authoriseWith(() => Promise.resolve(approved));

    assert.deepEqual(answer.body, fail(payment.pspTransactionId, 85, 'Response received too late'));
    await eventually('FAILED', () => stateOf(adapter.database, payment));
    const references = adapter.acquirer.reversals.map(({ originalReference }) => originalReference);
    assert.ok(references.includes(`${payment.pspTransactionId}-a1`));
  });

  it('R20 answers a wrong token with an empty 401 and changes nothing', async () => {
    const payment = await aPayment(adapter.database);

    const answer = await callMakePayment(adapter.publicApp, payment, { token: 'wrong' });

    assert.equal(answer.status, 401);
    assert.equal(answer.text, '');
    assert.equal(await stateOf(adapter.database, payment), 'CREATED');
  });

  it('R33 R31 says FAIL 93 to CANCEL, for good', async () => {
    const payment = await aPayment(adapter.database);

    const cancelled = await callMakePayment(adapter.publicApp, payment, { confirmed: 'Cancel' });
    const afterwards = await callMakePayment(adapter.publicApp, payment);

    assert.deepEqual(
      cancelled.body,
      fail(payment.pspTransactionId, 93, 'Status from Vipps:CANCEL'),
    );
    assert.equal(afterwards.text, cancelled.text);
    assert.equal(await stateOf(adapter.database, payment), 'ABORTED');
  });

  it('R44 says FAIL 92 to card data for another key', async () => {
    const payment = await aPayment(adapter.database);

    const answer = await callMakePayment(adapter.publicApp, payment, {
      cardData: Buffer.alloc(256, 7).toString('base64'),
    });

    assert.deepEqual(answer.body, fail(payment.pspTransactionId, 92, 'Unable to decrypt'));
    assert.equal(await stateOf(adapter.database, payment), 'FAILED');
  });

  it('R32 says FAIL 85 to a YES for a terminated payment', async () => {
    const payment = await aPayment(adapter.database, { state: 'TERMINATED' });

    const answer = await callMakePayment(adapter.publicApp, payment, { cardData: encryptCard() });

    assert.deepEqual(answer.body, fail(payment.pspTransactionId, 85, 'Response received too late'));
    assert.equal(await stateOf(adapter.database, payment), 'TERMINATED');
  });
});
