import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { type APayment, aPayment, stateOf } from '../../support/a-payment.ts';
import { endStepUp, stepUpOf } from '../../support/a-step-up.ts';
import { type Incoming } from '../../support/decision-table.ts';
import { eventually } from '../../support/eventually.ts';
import { fail, ok } from '../../support/expected-answer.ts';
import {
  aGate,
  answerLost,
  away,
  type Fault,
  type FaultyDatabase,
  faultyDatabase,
  once,
} from '../../support/faulty-pool.ts';
import { callAs, v3 } from '../../support/make-payment-version.ts';
import { approved, softDeclined } from '../../support/scripted-acquirer.ts';
import { scriptedThreeDs } from '../../support/scripted-three-ds.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import {
  authorisationsOf,
  merchantEventsOf,
  reversalsOf,
  storedReplyOf,
  tracesOf,
} from '../../support/traces-of-a-payment.ts';

describe('A step-up while the database is away', () => {
  let own: TestDatabase;
  let faulty: FaultyDatabase;
  let adapter: TestAdapter;
  before(async () => {
    own = await createTestDatabase();
    faulty = faultyDatabase(own.database);
    adapter = await startTestAdapter({
      database: faulty.database,
      on: { database: own.database, databaseUrl: own.url },
      threeDsServer: scriptedThreeDs(),
    });
  });
  afterEach(() => {
    faulty.heal();
    adapter.acquirer.authoriseWith(() => Promise.resolve(approved));
  });
  after(async () => {
    await adapter[Symbol.asyncDispose]();
    await own.drop();
  });

  async function call(payment: APayment, incoming: Incoming = 'CONFIRMED'): Promise<string> {
    const answer = await callAs(v3, adapter.publicApp, payment, incoming);
    assert.equal(answer.status, 200);
    return answer.text;
  }

  const text = (answer: object) => JSON.stringify(answer);

  /** The next card is soft-declined. */
  function aPaymentToStepUp(): Promise<APayment> {
    adapter.acquirer.authoriseWith(() => Promise.resolve(softDeclined));
    return aPayment(own.database, { rail: 'psp-v3' });
  }

  async function anIdentifiedPayment(): Promise<APayment> {
    const payment = await aPaymentToStepUp();
    assert.match(await call(payment), /SOFT_DECLINE/);
    await endStepUp(own.database, payment, 'SUCCEEDED');
    adapter.acquirer.authoriseWith(() => Promise.resolve(approved));
    return payment;
  }

  for (const [name, fault] of Object.entries({
    'is refused': away,
    'loses its answer': answerLost,
  })) {
    it(`R50 begins the step-up once when its statement ${name}`, async () => {
      const payment = await aPaymentToStepUp();
      faulty.fault('step-up-begin', once(fault));

      const answer = await call(payment);

      assert.match(answer, /SOFT_DECLINE/);
      assert.equal(await storedReplyOf(own.database, payment), answer);
      assert.equal((await stepUpOf(own.database, payment))?.state, 'OPEN');
      assert.equal(await call(payment), answer);
      assert.equal(authorisationsOf(adapter.acquirer, payment), 1);
    });
  }

  it('R29 declines for good where the step-up could not be written in time', async () => {
    const payment = await aPaymentToStepUp();
    faulty.fault('step-up-begin', away);

    const answer = await call(payment);
    assert.equal(answer, text(fail(payment.pspTransactionId, 85)));
    faulty.heal();

    await eventually(answer, () => storedReplyOf(own.database, payment));
    assert.equal(await stateOf(own.database, payment), 'FAILED');
    assert.equal(await stepUpOf(own.database, payment), undefined);
    assert.equal(await call(payment), answer);
    assert.deepEqual(reversalsOf(adapter.acquirer, payment), []);
    assert.deepEqual(await merchantEventsOf(own.database, payment), ['ABORTED']);
  });

  it('R29 ends a step-up that is written after Vipps was told 85', async () => {
    const payment = await aPaymentToStepUp();
    const gate = aGate();
    faulty.fault('step-up-begin', once(gate.fault));

    const answer = await call(payment);
    assert.equal(answer, text(fail(payment.pspTransactionId, 85)));
    gate.open();

    await eventually('FAILED', () => stateOf(own.database, payment));
    await eventually(answer, () => storedReplyOf(own.database, payment));
    assert.equal((await stepUpOf(own.database, payment))?.state, 'CLOSED');
    assert.equal(await call(payment), answer);
    assert.deepEqual(await merchantEventsOf(own.database, payment), ['ABORTED']);
  });

  it('R52 authorises the second call when the session is found at the third attempt', async () => {
    const payment = await anIdentifiedPayment();
    let failures = 0;
    faulty.fault('step-up-find', (run) => {
      failures += 1;
      return failures <= 2 ? away(run) : run();
    });

    assert.equal(await call(payment), text(ok(payment.pspTransactionId)));
  });

  const openings: Readonly<Record<string, Fault>> = {
    'is refused': away,
    'takes effect but its answer is lost': answerLost,
  };
  for (const [name, fault] of Object.entries(openings)) {
    it(`says 91 and sends nothing when the opening of the second leg ${name}`, async () => {
      const payment = await anIdentifiedPayment();
      faulty.fault('step-up-leg-open', once(fault));

      const answer = await call(payment);

      assert.equal(answer, text(fail(payment.pspTransactionId, 91)));
      await eventually(answer, () => storedReplyOf(own.database, payment));
      assert.equal(await call(payment), answer);
      assert.equal(authorisationsOf(adapter.acquirer, payment), 1);
      assert.deepEqual(reversalsOf(adapter.acquirer, payment), []);
      assert.equal(await stateOf(own.database, payment), 'FAILED');
      assert.equal((await stepUpOf(own.database, payment))?.holdsProof, false);
      assert.deepEqual(await merchantEventsOf(own.database, payment), ['ABORTED']);
    });
  }

  for (const name of ['refuses', 'hangs']) {
    it(`R29 says 85 when it ${name} at the decision on the second leg, and reverses that leg`, async () => {
      const payment = await anIdentifiedPayment();
      const gate = aGate();
      faulty.fault('leg-decide', name === 'hangs' ? gate.fault : away);

      const answer = await call(payment);
      assert.equal(answer, text(fail(payment.pspTransactionId, 85)));
      faulty.heal();
      gate.open();

      await eventually(
        {
          state: 'FAILED',
          replyStatus: 'OK',
          delivery: 'NOT_TOLD',
          outcome: 'APPROVED',
          reversal: 'ACKNOWLEDGED',
        },
        () => tracesOf(own.database, payment),
      );
      assert.equal(await call(payment), answer);
      assert.equal(authorisationsOf(adapter.acquirer, payment), 2);
      assert.deepEqual(await merchantEventsOf(own.database, payment), ['ABORTED']);
      const reversed = adapter.acquirer.reversals.filter(
        ({ pspTransactionId }) => pspTransactionId === payment.pspTransactionId,
      );
      assert.deepEqual(
        [...new Set(reversed.map(({ originalReference }) => originalReference))],
        [`${payment.pspTransactionId}-a2`],
      );
    });
  }

  it('says what it would have stored when giving up cannot be stored, and stores it later', async () => {
    const payment = await anIdentifiedPayment();
    faulty.fault('step-up-leg-refuse', away);

    const answer = await call(payment, 'CANCEL');
    assert.equal(answer, text(fail(payment.pspTransactionId, 93, 'Status from Vipps:CANCEL')));
    assert.equal(await call(payment), answer);
    faulty.heal();

    await eventually(answer, () => storedReplyOf(own.database, payment));
    assert.equal(await stateOf(own.database, payment), 'ABORTED');
    assert.equal((await stepUpOf(own.database, payment))?.state, 'CLOSED');
    assert.equal(authorisationsOf(adapter.acquirer, payment), 1);
  });
});
