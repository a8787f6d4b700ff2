import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import { type AuthorisationOutcome } from '../../../src/acquirer/acquirer.ts';
import { type APayment, aPayment, stateOf } from '../../support/a-payment.ts';
import { eventually } from '../../support/eventually.ts';
import { fail, ok } from '../../support/expected-answer.ts';
import {
  aGate,
  away,
  type FaultyDatabase,
  faultyDatabase,
  once,
} from '../../support/faulty-pool.ts';
import { aSoftDeclinedLeg, type Leg, legs } from '../../support/legs.ts';
import { callAndHangUpLater, listenTo } from '../../support/listening-app.ts';
import { callAs, v2 } from '../../support/make-payment-version.ts';
import {
  approved,
  type ScriptedAcquirer,
  scriptedAcquirer,
} from '../../support/scripted-acquirer.ts';
import { holdAuthorisation, type JumpingClock, jumpingClock } from '../../support/scripts.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import {
  authorisationsOf,
  eventsOf,
  merchantEventsOf,
  reversalsOf,
  storedReplyOf,
  tracesOf,
} from '../../support/traces-of-a-payment.ts';
import { callMakePayment } from '../../support/vipps-callback.ts';

describe('Two copies of the service on one database', () => {
  let own: TestDatabase;
  let faulty: FaultyDatabase;
  let clock: JumpingClock;
  let acquirer: ScriptedAcquirer;
  /** The copy that things happen to, and the one that lives on. */
  let weak: TestAdapter;
  let strong: TestAdapter;
  before(async () => {
    own = await createTestDatabase();
    faulty = faultyDatabase(own.database);
    acquirer = scriptedAcquirer();
    clock = jumpingClock();
    const on = { database: own.database, databaseUrl: own.url };
    // At full length: nothing here is to happen because of a deadline.
    const settings = { deadlineScale: 1 };
    weak = await startTestAdapter({ on, database: faulty.database, acquirer, clock, settings });
    strong = await startTestAdapter({ on, acquirer, settings });
  });
  afterEach(async () => {
    faulty.heal();
    acquirer.authoriseWith(() => Promise.resolve(approved));
    if (!beatsFail) return;
    beatsFail = false;
    const beats = faulty.answered.get('instance-beat') ?? 0;
    // A beat that went well after the healing: the weak copy is in good health again.
    await eventually(true, () => (faulty.answered.get('instance-beat') ?? 0) > beats);
  });
  after(async () => {
    await weak[Symbol.asyncDispose]();
    await strong[Symbol.asyncDispose]();
    await own.drop();
  });

  let beatsFail = false;
  function failTheBeats(): void {
    beatsFail = true;
    faulty.fault('instance-beat', away);
  }

  /** As if the weak copy had been silent for long, while it still thinks that it works. */
  async function theWeakOneIsBelievedDead(payment: APayment): Promise<void> {
    failTheBeats();
    // It may still take a reversal, which the strong one would take from it: that is sent twice then.
    faulty.fault('reversal-claim', away);
    await own.database.hot.query(
      `with owner as (
         update authorisation_leg set opened_at = opened_at - interval '10 s' where payment_id = $1
         returning owner
       )
       update instance i set heartbeat_at = heartbeat_at - interval '10 s'
       from owner o where i.id = o.owner`,
      [payment.id],
    );
  }

  async function legOf(payment: APayment): Promise<{ owner: string; fence: number } | undefined> {
    const { rows } = await own.database.hot.query<{ owner: string; fence: number }>(
      'select owner, fence from authorisation_leg where payment_id = $1 order by leg desc limit 1',
      [payment.id],
    );
    return rows[0];
  }

  it('R31 give two refusals that race one answer', async () => {
    for (let round = 0; round < 10; round += 1) {
      const state = round % 2 ? 'CREATED' : 'TERMINATED';
      const payment = await aPayment(own.database, { state });

      const answers = await Promise.all([
        callMakePayment(weak.publicApp, payment, { confirmed: 'CANCEL' }),
        callMakePayment(strong.publicApp, payment, { confirmed: 'TIMEOUT' }),
      ]);

      assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
      assert.equal(await storedReplyOf(own.database, payment), answers[0].text);
    }
  });

  const failing = [
    ['the opening of its leg', 'open', 'CONFIRMED'],
    ['its refusal', 'refuse', 'CANCEL'],
  ] as const;
  const lateOutcomes: readonly (readonly [AuthorisationOutcome, number])[] = [
    [approved, 2],
    [{ kind: 'NO_ANSWER', why: 'the connection broke' }, 2],
    [{ kind: 'DECLINED', reason: 'REFUSED_BY_ISSUER', responseCode: '05' }, 1],
  ];
  for (const leg of legs) {
    describe(leg.name, () => {
      it('R30 give a call and its duplicate one authorisation and the same bytes', async () => {
        for (let round = 0; round < 10; round += 1) {
          const payment = await leg.payment(own.database);

          const answers = await Promise.all(
            [weak, strong, weak, strong].map(({ publicApp }) => leg.call(publicApp, payment)),
          );

          assert.deepEqual(answers[0]?.body, ok(payment.pspTransactionId));
          assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
          assert.equal(authorisationsOf(acquirer, payment), 1);
          await eventually('AUTHORISED', () => stateOf(own.database, payment));
          assert.deepEqual(await merchantEventsOf(own.database, payment), ['AUTHORIZED']);
        }
      });

      for (const [name, statement, incoming] of failing) {
        it(`R31 answer alike where ${name} fails on one while the other says OK`, async () => {
          const payment = await leg.payment(own.database);
          const gate = aGate();
          faulty.fault(
            leg.number === 1 ? `leg-${statement}` : `step-up-leg-${statement}`,
            once((run) => gate.fault(() => away(run))),
          );
          const duplicate = callAs(leg.version, weak.publicApp, payment, incoming);
          await gate.reached;

          const first = await leg.call(strong.publicApp, payment);
          gate.open();

          assert.deepEqual(first.body, ok(payment.pspTransactionId));
          assert.equal((await duplicate).text, first.text);
          assert.equal(authorisationsOf(acquirer, payment), 1);
          await eventually('AUTHORISED', () => stateOf(own.database, payment));
          assert.deepEqual(reversalsOf(acquirer, payment), []);
        });
      }

      it('R30 leave a leg that one call has in hand alone where another’s opening fails', async () => {
        const payment = await leg.payment(own.database);
        const gate = aGate();
        // This call sees the payment as it was before the other one, and goes on after it.
        faulty.fault(
          'leg-find',
          once(async (run) => {
            const found = await run();
            await gate.fault(() => Promise.resolve());
            return found;
          }),
        );
        const late = leg.call(weak.publicApp, payment);
        await gate.reached;
        const held = holdAuthorisation(acquirer);
        const first = leg.call(weak.publicApp, payment);
        await held.asked;
        faulty.fault(leg.number === 1 ? 'leg-open' : 'step-up-leg-open', away);
        const finds = faulty.asked.get('leg-find') ?? 0;
        gate.open();
        await eventually(true, () => (faulty.asked.get('leg-find') ?? 0) > finds);
        faulty.heal();

        held.answer(approved);

        assert.deepEqual((await first).body, ok(payment.pspTransactionId));
        assert.equal((await late).text, (await first).text);
        assert.equal(authorisationsOf(acquirer, payment), 1);
        await eventually('AUTHORISED', () => stateOf(own.database, payment));
        assert.deepEqual(reversalsOf(acquirer, payment), []);
      });

      it('tell a duplicate 85 when the first caller was not told', async () => {
        const payment = await leg.payment(own.database);
        await using listening = await listenTo(weak.publicApp);
        const held = holdAuthorisation(acquirer);
        const hangsUp = callAndHangUpLater(listening, payment, {
          path: leg.version.path,
          body: leg.version.body(payment, 'CONFIRMED'),
        });
        await held.asked;
        const duplicate = leg.call(strong.publicApp, payment);
        hangsUp.destroy();
        await listening.newestIsClosed();

        held.answer(approved);

        assert.deepEqual((await duplicate).body, fail(payment.pspTransactionId, 85));
        await eventually('FAILED', () => stateOf(own.database, payment));
        assert.equal(authorisationsOf(acquirer, payment), 1);
      });

      it('leave each other’s legs alone while both live', async () => {
        const payment = await leg.payment(own.database);
        const held = holdAuthorisation(acquirer);
        const answer = leg.call(weak.publicApp, payment);
        await held.asked;
        await own.database.hot.query(
          `update authorisation_leg set opened_at = opened_at - interval '1 hour' where payment_id = $1`,
          [payment.id],
        );
        const other = await anAbandonedLeg('AUTHORISING');
        await eventually('FAILED', () => stateOf(own.database, other));

        assert.equal((await legOf(payment))?.fence, 1);
        held.answer(approved);
        assert.deepEqual((await answer).body, ok(payment.pspTransactionId));
      });

      for (const [outcome, reversals] of lateOutcomes) {
        it(`take over the leg of a dead one; its late ${outcome.kind} writes nothing, reversals: ${reversals}`, async () => {
          const payment = await leg.payment(own.database);
          const held = holdAuthorisation(acquirer);
          const answer = leg.call(weak.publicApp, payment);
          await held.asked;
          const before = await legOf(payment);

          await theWeakOneIsBelievedDead(payment);
          await eventually('FAILED', () => stateOf(own.database, payment));
          const stored = await storedReplyOf(own.database, payment);
          assert.deepEqual(JSON.parse(stored ?? ''), fail(payment.pspTransactionId, 85));
          assert.equal((await legOf(payment))?.fence, 2);
          assert.notEqual((await legOf(payment))?.owner, before?.owner);
          assert.equal(reversalsOf(acquirer, payment).length, 1);
          faulty.heal();
          held.answer(outcome);

          assert.equal((await answer).text, stored);
          await eventually(reversals, () => reversalsOf(acquirer, payment).length);
          await eventually('ACKNOWLEDGED', async () => {
            return (await tracesOf(own.database, payment))?.reversal;
          });
          const traces = await tracesOf(own.database, payment);
          assert.deepEqual([traces?.state, traces?.outcome], ['FAILED', 'ABANDONED']);
          assert.deepEqual(await merchantEventsOf(own.database, payment), ['ABORTED']);
          assert.equal(authorisationsOf(acquirer, payment), 1);
        });
      }

      it('reverse an OK whose delivery a dead one did not record, as uncertain', async () => {
        const payment = await leg.payment(own.database);
        const gate = aGate();
        faulty.fault('leg-deliver', gate.fault);
        const answer = await leg.call(weak.publicApp, payment);
        assert.deepEqual(answer.body, ok(payment.pspTransactionId));
        await gate.reached;

        await theWeakOneIsBelievedDead(payment);

        await eventually('FAILED', () => stateOf(own.database, payment));
        assert.deepEqual(await eventsOf(own.database, payment), [
          'CREATED',
          'CONFIRMED',
          'APPROVED',
          'NOT_TOLD',
          'REVERSED',
        ]);
        const { rows } = await own.database.hot.query<{ detail: unknown }>(
          `select detail from operation where payment_id = $1 and event = 'NOT_TOLD'`,
          [payment.id],
        );
        assert.deepEqual(rows[0]?.detail, { certain: false, reported: 'CANCELLED' });
        faulty.heal();
        gate.open();
        const later = await leg.call(weak.publicApp, payment);
        assert.deepEqual(later.body, fail(payment.pspTransactionId, 85));
        assert.equal(await stateOf(own.database, payment), 'FAILED');
        assert.deepEqual(await merchantEventsOf(own.database, payment), ['ABORTED']);
      });

      it('send no authorisation with a heartbeat that is older than two seconds', async () => {
        const payment = await leg.payment(own.database);
        failTheBeats();
        clock.jump(2_100);

        const answer = await leg.call(weak.publicApp, payment);

        assert.deepEqual(answer.body, fail(payment.pspTransactionId, 91));
        assert.equal(authorisationsOf(acquirer, payment), 0);
        assert.deepEqual(reversalsOf(acquirer, payment), []);
        assert.equal(await stateOf(own.database, payment), 'FAILED');
        assert.equal(await storedReplyOf(own.database, payment), answer.text);
      });

      it('authorise as soon as a beat goes well again, where the last one is too old', async () => {
        const payment = await leg.payment(own.database);
        failTheBeats();
        clock.jump(2_100);
        const opening = leg.number === 1 ? 'leg-open' : 'step-up-leg-open';
        faulty.fault(opening, async (run) => {
          const opened = await run();
          faulty.fault('instance-beat', (beat) => beat());
          return opened;
        });

        const answer = await leg.call(weak.publicApp, payment);

        assert.deepEqual(answer.body, ok(payment.pspTransactionId));
        assert.equal(authorisationsOf(acquirer, payment), 1);
        await eventually('AUTHORISED', () => stateOf(own.database, payment));
      });

      it('say no OK with a heartbeat that grew old while the acquirer thought', async () => {
        const payment = await leg.payment(own.database);
        const held = holdAuthorisation(acquirer);
        const call = leg.call(weak.publicApp, payment);
        await held.asked;
        failTheBeats();
        clock.jump(2_100);

        held.answer(approved);

        assert.deepEqual((await call).body, fail(payment.pspTransactionId, 85));
        await eventually('FAILED', () => stateOf(own.database, payment));
        assert.equal((await tracesOf(own.database, payment))?.delivery, 'NOT_TOLD');
      });
    });
  }

  for (const state of ['AUTHORISING', 'ANSWERING'] as const) {
    for (const leg of legs) {
      it(`finish what one that is gone for good left ${state}, ${leg.name}`, async () => {
        const payment = await anAbandonedLeg(state, leg);

        await eventually('FAILED', () => stateOf(own.database, payment));

        assert.equal((await tracesOf(own.database, payment))?.reversal, 'ACKNOWLEDGED');
        const references = reversalsOf(acquirer, payment);
        assert.deepEqual(references, [`${payment.pspTransactionId}-a${leg.number}-r1`]);
        const answer = await leg.call(strong.publicApp, payment);
        assert.deepEqual(answer.body, fail(payment.pspTransactionId, 85));
      });
    }
  }

  /** What a copy leaves that died long ago, in the middle of a call. */
  async function anAbandonedLeg(
    state: 'AUTHORISING' | 'ANSWERING',
    { number, version }: Pick<Leg, 'number' | 'version'> = { number: 1, version: v2 },
  ): Promise<APayment> {
    const payment = await aPayment(own.database, { state, rail: version.rail });
    const { pspTransactionId } = payment;
    const reply = state === 'ANSWERING' ? JSON.stringify(ok(pspTransactionId)) : null;
    if (number === 2) await aSoftDeclinedLeg(own.database, payment);
    await own.database.hot.query(
      `insert into authorisation_leg (payment_id, attempt, leg, psp_transaction_id, acquirer_reference,
         owner, opened_at, reply, reply_status)
       values ($1, 1, $7, $2, $3, $4, clock_timestamp() - interval '1 minute', $5, $6)`,
      [
        payment.id,
        pspTransactionId,
        `${pspTransactionId}-a${number}`,
        randomUUID(),
        reply,
        reply && 'OK',
        number,
      ],
    );
    return payment;
  }
});
