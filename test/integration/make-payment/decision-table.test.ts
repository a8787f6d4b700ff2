import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import { type Response } from 'supertest';
import { type AuthorisationOutcome } from '../../../src/acquirer/acquirer.ts';
import { createExpiryRepository } from '../../../src/payments/expiry-repository.ts';
import {
  type APayment,
  aPayment,
  aPspTransactionId,
  type PaymentTraits,
  stateOf,
} from '../../support/a-payment.ts';
import {
  type ChallengeEnd,
  endStepUp,
  enterStepUp,
  letStepUpRunOut,
} from '../../support/a-step-up.ts';
import {
  decisionTable,
  type Expected,
  type Incoming,
  incomings,
  type Situation,
  stateBefore,
} from '../../support/decision-table.ts';
import { eventually } from '../../support/eventually.ts';
import { fail, ok, softDecline } from '../../support/expected-answer.ts';
import { aGate, type FaultyDatabase, faultyDatabase } from '../../support/faulty-pool.ts';
import { callAndHangUpLater, listenTo, type ListeningApp } from '../../support/listening-app.ts';
import { callAs, v2, v3 } from '../../support/make-payment-version.ts';
import { approved, softDeclined } from '../../support/scripted-acquirer.ts';
import { scriptedThreeDs } from '../../support/scripted-three-ds.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import {
  authorisationsOf,
  eventsOf,
  merchantEventsOf,
  storedReplyOf,
  tracesOf,
} from '../../support/traces-of-a-payment.ts';

const declined: AuthorisationOutcome = {
  kind: 'DECLINED',
  reason: 'REFUSED_BY_ISSUER',
  responseCode: '05',
};

/** R-numbers of the requirements that rows of a kind show. */
const shows: Partial<Record<Incoming, string>> = {
  CONFIRMED: 'R31 R32',
  CANCEL: 'R31 R33',
  TIMEOUT: 'R31 R33',
  NO: 'R31 R33',
  UNKNOWN_STATE: 'R23',
  OTHER_MSN: 'R25',
  UNDECRYPTABLE: 'R44',
  WRONG_TOKEN: 'R20',
  NO_TOKEN: 'R20',
};

/** And those of situations, which say more where both do. */
const showsBy: Partial<Record<Situation, string>> = {
  STEP_UP_OPEN: 'R50',
  STEP_UP_ENTERED: 'R50',
  STEP_UP_SUCCEEDED: 'R52',
  STEP_UP_RUN_OUT: 'R53',
  STEP_UP_FAILED: 'R53',
  STEP_UP_CANCELLED: 'R53',
  STEP_UP_TIMED_OUT: 'R53',
  STEP_UP_EXPIRED: 'R34 R53',
  SECOND_AUTHORISED: 'R31 R52',
  SECOND_SOFT_DECLINED: 'R31 R52',
};

for (const version of [v2, v3]) {
  describe(`The decision table of makePayment ${version.name}`, () => {
    let own: TestDatabase;
    let faulty: FaultyDatabase;
    let adapter: TestAdapter;
    let listening: ListeningApp;
    before(async () => {
      own = await createTestDatabase();
      faulty = faultyDatabase(own.database);
      adapter = await startTestAdapter({
        database: faulty.database,
        on: { database: own.database, databaseUrl: own.url },
        threeDsServer: scriptedThreeDs(),
      });
    });
    before(async () => {
      listening = await listenTo(adapter.publicApp);
    });
    afterEach(() => {
      faulty.heal();
      adapter.acquirer.authoriseWith(() => Promise.resolve(approved));
      adapter.acquirer.reverseWith(() => Promise.resolve({ kind: 'ACKNOWLEDGED', found: true }));
    });
    after(async () => {
      await listening[Symbol.asyncDispose]();
      await adapter[Symbol.asyncDispose]();
      await own.drop();
    });

    const call = (payment: APayment, incoming: Incoming) =>
      callAs(version, adapter.publicApp, payment, incoming);
    const aNewPayment = (traits: PaymentTraits = {}) =>
      aPayment(own.database, { rail: version.rail, ...traits });

    for (const { situation, incoming, state, authorisations, final, ...row } of decisionTable) {
      const answer = version.expected(row.answer);
      const numbers = showsBy[situation] ?? shows[incoming] ?? 'R31';
      it(`${numbers} ${situation} × ${incoming} → ${String(answer)}, ${state}`, async () => {
        const payment = await inSituation(situation);
        const asked = adapter.acquirer.authorisations.length;
        const events = await ownEventsOf(payment);

        const first = await call(payment, incoming);

        assertAnswer(first, payment, answer);
        await eventually(state, () => stateOf(own.database, payment));
        assert.equal(adapter.acquirer.authorisations.length - asked, authorisations);
        if (answer === 401) assert.deepEqual(await ownEventsOf(payment), events);
        const again = await call(payment, incoming);
        assert.deepEqual([again.status, again.text], [first.status, first.text]);
        if (final) {
          const confirmed = await call(payment, 'CONFIRMED');
          assert.deepEqual([confirmed.status, confirmed.text], [200, first.text]);
        }
        assert.equal(await stateOf(own.database, payment), state);
        assert.equal(adapter.acquirer.authorisations.length - asked, authorisations);
        const told = await merchantEventsOf(own.database, payment);
        assert.equal(new Set(told).size, told.length, 'the merchant hears of each change once');
      });
    }

    it('covers every kind of call in every situation', () => {
      const rows = new Set(decisionTable.map((row) => `${row.situation} ${row.incoming}`));
      assert.equal(rows.size, Object.keys(stateBefore).length * incomings.length);
      assert.equal(rows.size, decisionTable.length);
    });

    for (const incoming of incomings) {
      it(`an unknown id × ${incoming} → FAIL 71, whatever the Authorization`, async () => {
        const stranger = {
          id: randomUUID(),
          msn: '123456',
          pspTransactionId: aPspTransactionId(),
          token: 'nobody-was-given-this',
          amountMinor: 100n,
        };

        assertAnswer(await call(stranger, incoming), stranger, [71]);
      });
    }

    for (const incoming of incomings.filter((kind) => !kind.endsWith('TOKEN'))) {
      it(`R30 AUTHORISING × ${incoming} waits for the answer of the call under way`, async () => {
        const payment = await aNewPayment();
        const gate = aGate();
        adapter.acquirer.authoriseWith(async () => {
          await gate.fault(() => Promise.resolve());
          return approved;
        });
        const first = call(payment, 'CONFIRMED');
        await gate.reached;

        let answered = false;
        const second = call(payment, incoming).finally(() => (answered = true));
        const finds = faulty.asked.get('leg-find') ?? 0;
        await eventually(true, () => (faulty.asked.get('leg-find') ?? 0) > finds + 1);
        assert.equal(answered, false);
        gate.open();

        assertAnswer(await first, payment, 'OK');
        assertAnswer(await second, payment, 'OK');
        assert.equal(authorisationsOf(adapter.acquirer, payment), 1);
        await eventually('AUTHORISED', () => stateOf(own.database, payment));
      });

      it(`ANSWERING × ${incoming} waits until Vipps has been told`, async () => {
        const payment = await aNewPayment();
        const gate = aGate();
        faulty.fault('leg-deliver', gate.fault);
        assertAnswer(await call(payment, 'CONFIRMED'), payment, 'OK');
        await gate.reached;
        assert.equal(await stateOf(own.database, payment), 'ANSWERING');

        let answered = false;
        const second = call(payment, incoming).finally(() => (answered = true));
        const finds = faulty.asked.get('leg-find') ?? 0;
        await eventually(true, () => (faulty.asked.get('leg-find') ?? 0) > finds + 1);
        assert.equal(answered, false);
        gate.open();

        assertAnswer(await second, payment, 'OK');
      });
    }

    it('R20 AUTHORISING × a wrong token → 401 at once', async () => {
      const payment = await aNewPayment();
      const gate = aGate();
      adapter.acquirer.authoriseWith(async () => {
        await gate.fault(() => Promise.resolve());
        return approved;
      });
      const first = call(payment, 'CONFIRMED');
      await gate.reached;

      assertAnswer(await call(payment, 'WRONG_TOKEN'), payment, 401);

      gate.open();
      assertAnswer(await first, payment, 'OK');
    });

    it('R31 a CANCEL after an OK neither flips the payment nor tells the merchant anything', async () => {
      const payment = await inSituation('AUTHORISED');

      await call(payment, 'CANCEL');

      assert.deepEqual(await tracesOf(own.database, payment), {
        state: 'AUTHORISED',
        replyStatus: 'OK',
        delivery: 'TOLD',
        outcome: 'APPROVED',
        reversal: null,
      });
      assert.deepEqual(await merchantEventsOf(own.database, payment), ['AUTHORIZED']);
    });

    it('A superseded id answers 85, and the payment is paid under its new one', async () => {
      const payment = await inSituation('SUPERSEDED');
      const now = { ...payment, ...(await newIdOf(payment)) };

      assertAnswer(await call(payment, 'CONFIRMED'), payment, [85]);
      assertAnswer(await call(now, 'CONFIRMED'), now, 'OK');
      assertAnswer(await call(payment, 'CONFIRMED'), payment, [85]);

      assert.equal(
        await storedReplyOf(own.database, payment),
        JSON.stringify(ok(now.pspTransactionId)),
      );
    });

    it('R30 gives concurrent duplicates one authorisation and one answer', async () => {
      const payment = await aNewPayment();

      const answers = await Promise.all(
        Array.from({ length: 8 }, () => call(payment, 'CONFIRMED')),
      );

      assert.equal(authorisationsOf(adapter.acquirer, payment), 1);
      assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
      assertAnswer(answers[0], payment, 'OK');
    });

    it('gives a YES and a CANCEL that race one answer, which stands', async () => {
      for (let round = 0; round < 8; round += 1) {
        const payment = await aNewPayment();
        const order: Incoming[] = round % 2 ? ['CONFIRMED', 'CANCEL'] : ['CANCEL', 'CONFIRMED'];

        const answers = await Promise.all(order.map((incoming) => call(payment, incoming)));

        assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
        const authorised = answers[0]?.text.includes('"OK"');
        const expected = authorised ? 'AUTHORISED' : 'ABORTED';
        await eventually(expected, () => stateOf(own.database, payment));
        assert.equal(authorisationsOf(adapter.acquirer, payment), authorised ? 1 : 0);
      }
    });

    /** Without those of the reversal worker, which goes on by itself. */
    async function ownEventsOf(payment: APayment): Promise<string[]> {
      const events = await eventsOf(own.database, payment);
      return events.filter((event) => event !== 'REVERSAL_POSTPONED');
    }

    /** Takes a new payment to where the table wants it, by the calls that lead there. */
    async function inSituation(situation: Situation): Promise<APayment> {
      const payment = await arrangements[situation]();
      await eventually(stateBefore[situation], () => stateOf(own.database, payment));
      adapter.acquirer.authoriseWith(() => Promise.resolve(approved));
      // The job that marks what has run out must not come by before the call, nor after one that changes nothing.
      if (situation !== 'STEP_UP_RUN_OUT') faulty.heal();
      return payment;
    }

    const arrangements: Readonly<Record<Situation, () => Promise<APayment>>> = {
      CREATED: () => aNewPayment(),
      AUTHORISED: () => afterA('CONFIRMED'),
      DECLINED: () => {
        adapter.acquirer.authoriseWith(() => Promise.resolve(declined));
        return afterA('CONFIRMED');
      },
      FAILED_WITH_INVALID_CALL: () => afterA('UNKNOWN_STATE'),
      FAILED_UNDECRYPTABLE: () => afterA('UNDECRYPTABLE'),
      CANCELLED_BY_USER: () => afterA('CANCEL'),
      TIMED_OUT_AT_VIPPS: () => afterA('TIMEOUT'),
      REVERSING: () => {
        neverReverse();
        return afterSilence();
      },
      REVERSED: () => afterSilence(),
      NOT_TOLD: () => {
        neverReverse();
        return aPaymentThatVippsWasNotToldOf();
      },
      NOT_TOLD_AND_REVERSED: () => aPaymentThatVippsWasNotToldOf(),
      TERMINATED: () => aNewPayment({ state: 'TERMINATED' }),
      EXPIRED: () => aNewPayment({ state: 'EXPIRED' }),
      REFUSED_AT_INIT: () => aNewPayment({ state: 'FAILED' }),
      SUPERSEDED: () => aSupersededPayment(),
      STEP_UP_OPEN: () => steppedUp(),
      STEP_UP_ENTERED: async () => {
        const payment = await steppedUp();
        await enterStepUp(own.database, payment);
        return payment;
      },
      STEP_UP_SUCCEEDED: () => steppedUp('SUCCEEDED'),
      STEP_UP_RUN_OUT: async () => {
        const payment = await steppedUp();
        // The call comes before the job that would mark it.
        faulty.fault('step-up-end-due', () => Promise.resolve({ rows: [] }));
        await faulty.cameBack('step-up-end-due');
        await letStepUpRunOut(own.database, payment);
        return payment;
      },
      STEP_UP_FAILED: () => steppedUp('FAILED'),
      STEP_UP_CANCELLED: () => steppedUp('CANCELLED'),
      STEP_UP_TIMED_OUT: () => steppedUp('TIMED_OUT'),
      STEP_UP_EXPIRED: async () => {
        const payment = await steppedUp();
        await own.database.hot.query('update payment set expires_at = now() where id = $1', [
          payment.id,
        ]);
        await createExpiryRepository(own.database.hot).expireDue(1_000);
        return payment;
      },
      STEP_UP_GIVEN_UP: async () => {
        const payment = await steppedUp();
        await call(payment, 'CANCEL');
        return payment;
      },
      SECOND_AUTHORISED: () => afterASecondCall(approved),
      SECOND_DECLINED: () => afterASecondCall(declined),
      SECOND_SOFT_DECLINED: () => afterASecondCall(softDeclined),
      SECOND_REVERSING: () => {
        neverReverse();
        return afterASecondCall({ kind: 'NO_ANSWER', why: 'the connection broke' });
      },
      SECOND_NOT_TOLD: async () => {
        neverReverse();
        return vippsIsNotToldOf(await steppedUp('SUCCEEDED'));
      },
    };

    /** The issuer wants the customer to identify themselves, and the challenge has ended so. */
    async function steppedUp(end?: ChallengeEnd): Promise<APayment> {
      adapter.acquirer.authoriseWith(() => Promise.resolve(softDeclined));
      const payment = await afterA('CONFIRMED');
      assert.equal(await stateOf(own.database, payment), 'STEP_UP');
      if (end) await endStepUp(own.database, payment, end);
      return payment;
    }

    async function afterASecondCall(outcome: AuthorisationOutcome): Promise<APayment> {
      const payment = await steppedUp('SUCCEEDED');
      adapter.acquirer.authoriseWith(() => Promise.resolve(outcome));
      await call(payment, 'CONFIRMED');
      return payment;
    }

    function afterSilence(): Promise<APayment> {
      adapter.acquirer.authoriseWith(() =>
        Promise.resolve({ kind: 'NO_ANSWER', why: 'the connection broke' }),
      );
      return afterA('CONFIRMED');
    }

    function neverReverse(): void {
      adapter.acquirer.reverseWith(() =>
        Promise.resolve({ kind: 'NOT_ACKNOWLEDGED', why: 'the acquirer is away' }),
      );
    }

    async function afterA(incoming: Incoming): Promise<APayment> {
      const payment = await aNewPayment();
      await call(payment, incoming);
      return payment;
    }

    /** Vipps hangs up while the acquirer thinks. */
    async function aPaymentThatVippsWasNotToldOf(): Promise<APayment> {
      return vippsIsNotToldOf(await aNewPayment());
    }

    async function vippsIsNotToldOf(payment: APayment): Promise<APayment> {
      const gate = aGate();
      adapter.acquirer.authoriseWith(async () => {
        await gate.fault(() => Promise.resolve());
        return approved;
      });
      const hangsUp = callAndHangUpLater(listening, payment, {
        path: version.path,
        body: version.body(payment, 'CONFIRMED'),
      });
      await gate.reached;
      hangsUp.destroy();
      await listening.newestIsClosed();
      gate.open();
      return payment;
    }

    async function aSupersededPayment(): Promise<APayment> {
      const payment = await aNewPayment();
      const newId = aPspTransactionId();
      await own.database.hot.query(
        `with old as (
           update psp_transaction set superseded_at = clock_timestamp() where payment_id = $1
           returning make_payment_token_hash
         ), moved as (
           update payment set psp_transaction_id = $2 where id = $1
         )
         insert into psp_transaction (payment_id, psp_transaction_id, merchant_order_id, request_id, make_payment_token_hash)
         select $1, $2, $3, gen_random_uuid(), make_payment_token_hash from old`,
        [payment.id, newId, aPspTransactionId()],
      );
      return payment;
    }

    async function newIdOf(payment: APayment): Promise<{ pspTransactionId: string }> {
      const { rows } = await own.database.hot.query<{ id: string }>(
        'select psp_transaction_id as id from payment where id = $1',
        [payment.id],
      );
      return { pspTransactionId: rows[0]?.id ?? '' };
    }
  });
}

function assertAnswer(answer: Response | undefined, payment: APayment, expected: Expected): void {
  if (!answer) throw new Error('There is no answer');
  if (expected === 401) {
    assert.deepEqual([answer.status, answer.text], [401, '']);
    return;
  }
  assert.equal(answer.status, 200);
  assert.match(String(answer.headers['content-type']), /^application\/json/);
  const { pspTransactionId } = payment;
  const body = JSON.parse(answer.text) as { paymentInfo: { url3dSecure?: string } };
  if (expected === 'SOFT_DECLINE') {
    const url = body.paymentInfo.url3dSecure ?? '';
    assert.match(url, /^https:\/\/psp\.vippsadapter\.no\/3ds\/[\w-]{43}$/);
    assert.deepEqual(body, softDecline(pspTransactionId, url));
    return;
  }
  assert.deepEqual(
    body,
    expected === 'OK' ? ok(pspTransactionId) : fail(pspTransactionId, ...expected),
  );
}
