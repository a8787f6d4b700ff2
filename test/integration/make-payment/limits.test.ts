import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aPayment, stateOf } from '../../support/a-payment.ts';
import { eventually } from '../../support/eventually.ts';
import { fail, ok } from '../../support/expected-answer.ts';
import { approved } from '../../support/scripted-acquirer.ts';
import { holdAuthorisation } from '../../support/scripts.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import { authorisationsOf, storedReplyOf } from '../../support/traces-of-a-payment.ts';
import { callMakePayment } from '../../support/vipps-callback.ts';

const limits = { authorisationsInFlightMax: 1, callsInFlightMax: 1 };

describe('Calls beyond what the service takes on at a time', () => {
  for (const [limit, max] of Object.entries(limits)) {
    describe(`${limit} ${max}`, () => {
      let adapter: TestAdapter;
      before(async () => {
        adapter = await startTestAdapter({ settings: { deadlineScale: 1, [limit]: max } });
      });
      after(() => adapter[Symbol.asyncDispose]());

      it('get FAIL 91 at once, for good, and nothing is sent for them', async () => {
        const [first, second, third] = await Promise.all([
          aPayment(adapter.database),
          aPayment(adapter.database),
          aPayment(adapter.database),
        ]);
        const held = holdAuthorisation(adapter.acquirer);
        const underWay = callMakePayment(adapter.publicApp, first);
        await held.asked;

        const refused = await callMakePayment(adapter.publicApp, second);
        assert.deepEqual(refused.body, fail(second.pspTransactionId, 91));
        await eventually(refused.text, () => storedReplyOf(adapter.database, second));

        held.answer(approved);
        assert.deepEqual((await underWay).body, ok(first.pspTransactionId));
        const again = await callMakePayment(adapter.publicApp, second);
        assert.equal(again.text, refused.text);
        assert.equal(authorisationsOf(adapter.acquirer, second), 0);
        assert.equal(await stateOf(adapter.database, second), 'FAILED');
        const afterwards = await callMakePayment(adapter.publicApp, third);
        assert.deepEqual(afterwards.body, ok(third.pspTransactionId));
      });
    });
  }
});
