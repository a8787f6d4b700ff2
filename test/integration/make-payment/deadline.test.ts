import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { type AuthorisationOutcome } from '../../../src/acquirer/acquirer.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { type APayment, stateOf } from '../../support/a-payment.ts';
import { eventually } from '../../support/eventually.ts';
import { fail, ok } from '../../support/expected-answer.ts';
import { legs } from '../../support/legs.ts';
import { approved, silence } from '../../support/scripted-acquirer.ts';
import { holdAuthorisation } from '../../support/scripts.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import {
  authorisationsOf,
  eventsOf,
  merchantEventsOf,
  reversalsOf,
  tracesOf,
} from '../../support/traces-of-a-payment.ts';

/** Vipps hangs up after 3 s, and the answer leaves after 2.7 s at the latest. */
const deadlineScale = 0.2;
const patienceMs = 3_000;

// Side by side, each with an adapter and an acquirer of its own: they mostly wait.
describe('The deadline of makePayment at a fifth', { concurrency: legs.length }, () => {
  for (const leg of legs) {
    describe(leg.name, { concurrency: 1 }, () => {
      let adapter: TestAdapter;
      const aPaymentNow = () => leg.payment(adapter.database);
      const call = (payment: APayment) => leg.call(adapter.publicApp, payment);
      before(async () => {
        adapter = await startTestAdapter({ settings: { deadlineScale } });
      });
      afterEach(() => {
        adapter.acquirer.authoriseWith(() => Promise.resolve(approved));
        adapter.acquirer.reverseWith(() => Promise.resolve({ kind: 'ACKNOWLEDGED', found: true }));
      });
      after(() => adapter[Symbol.asyncDispose]());

      async function timed<Value>(work: Promise<Value>): Promise<readonly [Value, number]> {
        const begunMs = performance.now();
        return [await work, performance.now() - begunMs];
      }

      it('R29 answers OK as long as the acquirer is in time, and 85 with a reversal from then on', async () => {
        const delaysMs = [0, 400, 800, 1_200, 1_600, 2_520, 2_800, 3_400, 6_000];
        const payments = await Promise.all(delaysMs.map(() => aPaymentNow()));
        const delayOf = new Map(
          payments.map(({ pspTransactionId }, index) => [pspTransactionId, delaysMs[index] ?? 0]),
        );
        adapter.acquirer.authoriseWith(async (request, signal) => {
          await systemClock.sleep(delayOf.get(request.pspTransactionId) ?? 0, signal);
          return signal.aborted ? { kind: 'NO_ANSWER', why: 'no answer in time' } : approved;
        });

        const answers = await Promise.all(payments.map((payment) => timed(call(payment))));

        for (const [index, [answer, tookMs]] of answers.entries()) {
          const payment = payments[index];
          const delayMs = delaysMs[index] ?? 0;
          if (!payment) continue;
          const inTime = delayMs < 2_400;
          const { pspTransactionId } = payment;
          assert.deepEqual(answer.body, inTime ? ok(pspTransactionId) : fail(pspTransactionId, 85));
          assert.ok(tookMs < patienceMs, `${delayMs} ms: answered after ${tookMs} ms`);
          await eventually(inTime ? 'AUTHORISED' : 'FAILED', () =>
            stateOf(adapter.database, payment),
          );
          assert.equal(reversalsOf(adapter.acquirer, payment).length, inTime ? 0 : 1);
        }
      });

      it('R29 does not wait for an acquirer that ignores the signal', async () => {
        const payment = await aPaymentNow();
        holdAuthorisation(adapter.acquirer);

        const [answer, tookMs] = await timed(call(payment));

        assert.deepEqual(answer.body, fail(payment.pspTransactionId, 85));
        assert.ok(tookMs < patienceMs, `${tookMs} ms`);
        await eventually('FAILED', () => stateOf(adapter.database, payment));
        assert.equal(reversalsOf(adapter.acquirer, payment).length, 1);
      });

      const late: readonly AuthorisationOutcome[] = [
        approved,
        { kind: 'UNINTELLIGIBLE', responseCode: '10', why: 'a partial approval' },
      ];
      for (const outcome of late) {
        it(`R29 reverses anew when ${outcome.kind} comes after the reversal was acknowledged`, async () => {
          const payment = await aPaymentNow();
          const held = holdAuthorisation(adapter.acquirer);
          const answer = await call(payment);
          assert.deepEqual(answer.body, fail(payment.pspTransactionId, 85));
          await eventually('ACKNOWLEDGED', async () => {
            return (await tracesOf(adapter.database, payment))?.reversal;
          });

          held.answer(outcome);

          const reference = leg.reference(payment);
          await eventually([`${reference}-r1`, `${reference}-r2`], () =>
            reversalsOf(adapter.acquirer, payment),
          );
          await eventually(
            ['CREATED', 'CONFIRMED', 'NO_ANSWER', 'REVERSED', 'REVERSAL_ORDERED', 'REVERSED'],
            () => eventsOf(adapter.database, payment),
          );
          assert.equal(await stateOf(adapter.database, payment), 'FAILED');
          assert.deepEqual(await merchantEventsOf(adapter.database, payment), ['ABORTED']);
        });
      }

      it('leaves it at that when a decline comes too late', async () => {
        const payment = await aPaymentNow();
        const held = holdAuthorisation(adapter.acquirer);
        await call(payment);
        await eventually('FAILED', () => stateOf(adapter.database, payment));

        held.answer({ kind: 'DECLINED', reason: 'REFUSED_BY_ISSUER', responseCode: '05' });

        await call(payment);
        assert.equal(reversalsOf(adapter.acquirer, payment).length, 1);
      });

      it('an approval that the adapter reports as it gives up is reversed', async () => {
        const payment = await aPaymentNow();
        adapter.acquirer.authoriseWith(async (request, signal) => {
          await silence(request, signal);
          await new Promise((resolve) => setImmediate(resolve));
          await new Promise((resolve) => setImmediate(resolve));
          return approved;
        });

        const answer = await call(payment);

        assert.deepEqual(answer.body, fail(payment.pspTransactionId, 85));
        await eventually('FAILED', () => stateOf(adapter.database, payment));
        assert.ok(reversalsOf(adapter.acquirer, payment).length >= 1);
      });

      it('R30 a duplicate that comes late in the first call’s time gets the same 85', async () => {
        const payment = await aPaymentNow();
        const held = holdAuthorisation(adapter.acquirer);
        const first = call(payment);
        await held.asked;
        await systemClock.sleep(1_200);

        const [second, tookMs] = await timed(call(payment));

        assert.equal(second.text, (await first).text);
        assert.deepEqual(second.body, fail(payment.pspTransactionId, 85));
        assert.ok(tookMs < 2_500, 'before its own time is up: as soon as the first one is decided');
        assert.equal(authorisationsOf(adapter.acquirer, payment), 1);
      });
    });
  }
});
