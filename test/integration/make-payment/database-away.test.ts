import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { connectDatabase } from '../../../src/database/database.ts';
import { silentLog } from '../../../src/shared/log.ts';
import { type APayment, aPayment, stateOf } from '../../support/a-payment.ts';
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
import { approved } from '../../support/scripted-acquirer.ts';
import { holdAuthorisation } from '../../support/scripts.ts';
import { aTcpProxy } from '../../support/tcp-proxy.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import {
  authorisationsOf,
  merchantEventsOf,
  reversalsOf,
  storedReplyOf,
  tracesOf,
} from '../../support/traces-of-a-payment.ts';
import { callMakePayment } from '../../support/vipps-callback.ts';

const patienceMs = 1_500;

describe('makePayment while the database is away', () => {
  let own: TestDatabase;
  let faulty: FaultyDatabase;
  let adapter: TestAdapter;
  before(async () => {
    own = await createTestDatabase();
    faulty = faultyDatabase(own.database);
    adapter = await startTestAdapter({
      database: faulty.database,
      on: { database: own.database, databaseUrl: own.url },
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

  /** Calls, and sees to it that the answer came while Vipps still listened. */
  async function call(payment: APayment, confirmed?: string): Promise<string> {
    const begunMs = performance.now();
    const answer = await callMakePayment(adapter.publicApp, payment, {
      ...(confirmed === undefined ? {} : { confirmed }),
    });
    const tookMs = performance.now() - begunMs;
    assert.equal(answer.status, 200);
    assert.ok(tookMs < patienceMs, `answered after ${tookMs} ms`);
    return answer.text;
  }

  const text = (answer: object) => JSON.stringify(answer);

  for (const name of ['refuses', 'hangs']) {
    it(`R29 says 85 when it ${name} from the start, and stores that when it is back`, async () => {
      const payment = await aPayment(own.database);
      const gate = aGate();
      faulty.fault('leg-find', name === 'hangs' ? gate.fault : away);

      const answer = await call(payment);
      assert.equal(answer, text(fail(payment.pspTransactionId, 85)));
      assert.equal(await stateOf(own.database, payment), 'CREATED');
      faulty.heal();
      gate.open();

      assert.equal(await call(payment), answer);
      await eventually(answer, () => storedReplyOf(own.database, payment));
      assert.equal(await stateOf(own.database, payment), 'FAILED');
      assert.equal(authorisationsOf(adapter.acquirer, payment), 0);
    });
  }

  it('keeps the promise of an 85 also against a call that comes before it is stored', async () => {
    const payment = await aPayment(own.database);
    faulty.fault('leg-find', away);
    const answer = await call(payment);
    const gate = aGate();
    faulty.heal();
    faulty.fault('leg-refuse', gate.fault);
    await gate.reached;

    assert.equal(await call(payment), answer);
    assert.equal(authorisationsOf(adapter.acquirer, payment), 0);

    gate.open();
    await eventually(answer, () => storedReplyOf(own.database, payment));
  });

  it('R20 fails nobody’s payment because of a caller with a wrong token', async () => {
    const payment = await aPayment(own.database);
    faulty.fault('leg-find', away);
    assert.equal(
      await call({ ...payment, token: 'guessed' }),
      text(fail(payment.pspTransactionId, 85)),
    );
    faulty.heal();

    assert.equal(await call(payment), text(ok(payment.pspTransactionId)));
    await eventually('AUTHORISED', () => stateOf(own.database, payment));
  });

  it('serves a call whose payment is found at the third attempt', async () => {
    const payment = await aPayment(own.database);
    let failures = 0;
    faulty.fault('leg-find', (run) => {
      failures += 1;
      return failures <= 2 ? away(run) : run();
    });

    assert.equal(await call(payment), text(ok(payment.pspTransactionId)));
  });

  it('R37 says 91 at once to a fault that will not pass', async () => {
    const payment = await aPayment(own.database);
    faulty.fault(
      'leg-find',
      once(() => Promise.reject(Object.assign(new Error('syntax'), { code: '42601' }))),
    );

    const answer = await call(payment);

    assert.equal(answer, text(fail(payment.pspTransactionId, 91)));
    await eventually(answer, () => storedReplyOf(own.database, payment));
    assert.equal(await call(payment), answer);
  });

  const openings: Readonly<Record<string, Fault>> = {
    'is refused': away,
    'takes effect but its answer is lost': answerLost,
  };
  for (const [name, fault] of Object.entries(openings)) {
    it(`says 91 and sends nothing when the opening of the leg ${name}`, async () => {
      const payment = await aPayment(own.database);
      faulty.fault('leg-open', once(fault));

      const answer = await call(payment);

      assert.equal(answer, text(fail(payment.pspTransactionId, 91)));
      await eventually(answer, () => storedReplyOf(own.database, payment));
      assert.equal(await call(payment), answer);
      assert.deepEqual(
        [authorisationsOf(adapter.acquirer, payment), reversalsOf(adapter.acquirer, payment)],
        [0, []],
      );
      assert.equal(await stateOf(own.database, payment), 'FAILED');
      assert.deepEqual(await merchantEventsOf(own.database, payment), ['ABORTED']);
    });
  }

  it('says 85 when the opening of the leg hangs, and sends nothing when it has opened', async () => {
    const payment = await aPayment(own.database);
    const gate = aGate();
    faulty.fault('leg-open', gate.fault);

    const answer = await call(payment);
    assert.equal(answer, text(fail(payment.pspTransactionId, 85)));
    gate.open();

    await eventually(answer, () => storedReplyOf(own.database, payment));
    assert.equal(await call(payment), answer);
    assert.equal(authorisationsOf(adapter.acquirer, payment), 0);
    assert.equal(await stateOf(own.database, payment), 'FAILED');
  });

  it('an opening that takes effect after it was given up does not leave the payment open', async () => {
    const payment = await aPayment(own.database);
    const gate = aGate();
    let landed: Promise<unknown> = Promise.resolve();
    // The connection breaks; the server runs the statement all the same, later.
    faulty.fault(
      'leg-open',
      once((run) => {
        landed = gate.fault(run);
        return Promise.reject(new Error('Connection terminated unexpectedly'));
      }),
    );

    const answer = await call(payment);
    assert.equal(answer, text(fail(payment.pspTransactionId, 91)));
    await eventually(answer, () => storedReplyOf(own.database, payment));
    gate.open();
    await landed;

    assert.equal(await call(payment), answer);
    assert.equal(await stateOf(own.database, payment), 'FAILED');
    assert.equal(authorisationsOf(adapter.acquirer, payment), 0);
  });

  it('R30 lets no duplicate open a leg while a failed opening is looked into', async () => {
    const payment = await aPayment(own.database);
    const gate = aGate();
    faulty.fault('leg-open', once(away));
    faulty.fault('leg-decide', gate.fault);

    const answer = await call(payment);
    const duplicate = call(payment);
    await gate.reached;
    gate.open();

    assert.equal(await duplicate, answer);
    assert.equal(authorisationsOf(adapter.acquirer, payment), 0);
    await eventually(answer, () => storedReplyOf(own.database, payment));
  });

  it('says OK when the decision is written at the third attempt', async () => {
    const payment = await aPayment(own.database);
    let failures = 0;
    faulty.fault('leg-decide', (run) => {
      failures += 1;
      return failures <= 2 ? away(run) : run();
    });

    assert.equal(await call(payment), text(ok(payment.pspTransactionId)));
    await eventually('AUTHORISED', () => stateOf(own.database, payment));
    assert.deepEqual(reversalsOf(adapter.acquirer, payment), []);
  });

  it('says OK when the decision was written and only the word of it was lost', async () => {
    const payment = await aPayment(own.database);
    faulty.fault('leg-decide', once(answerLost));

    assert.equal(await call(payment), text(ok(payment.pspTransactionId)));
    await eventually('AUTHORISED', () => stateOf(own.database, payment));
    assert.deepEqual(reversalsOf(adapter.acquirer, payment), []);
  });

  for (const name of ['refuses', 'hangs']) {
    it(`R29 says 85 when it ${name} at the decision, never OK afterwards, and reverses`, async () => {
      const payment = await aPayment(own.database);
      const gate = aGate();
      faulty.fault('leg-decide', name === 'hangs' ? gate.fault : away);

      const answer = await call(payment);
      assert.equal(answer, text(fail(payment.pspTransactionId, 85)));
      const duplicate = call(payment);
      faulty.heal();
      gate.open();

      assert.equal(await duplicate, answer);
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
      assert.equal(authorisationsOf(adapter.acquirer, payment), 1);
      assert.deepEqual(await merchantEventsOf(own.database, payment), ['ABORTED']);
    });
  }

  it('a decline that could not be written in time is stored as the 85 that was said', async () => {
    const payment = await aPayment(own.database);
    adapter.acquirer.authoriseWith(() =>
      Promise.resolve({ kind: 'DECLINED', reason: 'REFUSED_BY_ISSUER', responseCode: '05' }),
    );
    faulty.fault('leg-decide', away);

    const answer = await call(payment);
    assert.equal(answer, text(fail(payment.pspTransactionId, 85)));
    faulty.heal();

    await eventually(answer, () => storedReplyOf(own.database, payment));
    assert.equal((await tracesOf(own.database, payment))?.outcome, 'DECLINED');
    assert.deepEqual(reversalsOf(adapter.acquirer, payment), []);
  });

  it('says what it would have stored when a refusal cannot be stored, and stores it later', async () => {
    const payment = await aPayment(own.database);
    faulty.fault('leg-refuse', away);

    const answer = await call(payment, 'CANCEL');
    assert.equal(answer, text(fail(payment.pspTransactionId, 93, 'Status from Vipps:CANCEL')));
    assert.equal(await call(payment), answer);
    faulty.heal();

    await eventually(answer, () => storedReplyOf(own.database, payment));
    assert.equal(await stateOf(own.database, payment), 'ABORTED');
  });

  it('answers 93 once when a refusal takes effect and only the word of it is lost', async () => {
    const payment = await aPayment(own.database);
    faulty.fault('leg-refuse', once(answerLost));

    const answer = await call(payment, 'NO');
    assert.equal(answer, text(fail(payment.pspTransactionId, 93, 'Status from Vipps:NO')));
    assert.equal(await call(payment), answer);
    assert.deepEqual(await merchantEventsOf(own.database, payment), ['ABORTED']);
  });

  for (const [name, fault] of Object.entries({ refused: away, 'of lost answer': answerLost })) {
    it(`a delivery ${name} is recorded later: the payment becomes AUTHORISED once`, async () => {
      const payment = await aPayment(own.database);
      faulty.fault('leg-deliver', once(fault));

      assert.equal(await call(payment), text(ok(payment.pspTransactionId)));

      await eventually('AUTHORISED', () => stateOf(own.database, payment));
      assert.deepEqual(await merchantEventsOf(own.database, payment), ['AUTHORIZED']);
      assert.deepEqual(reversalsOf(adapter.acquirer, payment), []);
    });
  }

  it('A waiting duplicate outlives a database that is away for a moment', async () => {
    const payment = await aPayment(own.database);
    const held = holdAuthorisation(adapter.acquirer);
    const first = call(payment);
    await held.asked;
    const finds = faulty.asked.get('leg-find') ?? 0;
    const second = call(payment);
    await eventually(true, () => (faulty.asked.get('leg-find') ?? 0) > finds);
    let failures = 0;
    faulty.fault('leg-find', (run) => {
      failures += 1;
      return failures <= 2 ? away(run) : run();
    });
    await eventually(true, () => failures >= 2);
    held.answer(approved);

    assert.equal(await second, await first);
    assert.equal(await first, text(ok(payment.pspTransactionId)));
  });
});

describe('makePayment while the network to the database hangs', () => {
  it('R29 answers 85 in time at every step, and nothing is left behind when it flows again', async () => {
    const own = await createTestDatabase();
    const proxy = await aTcpProxy(own.url);
    const database = connectDatabase({ url: proxy.url, log: silentLog });
    const adapter = await startTestAdapter({
      database,
      on: { database: own.database, databaseUrl: own.url },
    });
    const payments = await Promise.all(Array.from({ length: 6 }, () => aPayment(own.database)));
    const [atDecision, ...atFirst] = payments;
    if (!atDecision) throw new Error('There are payments');
    const held = holdAuthorisation(adapter.acquirer);
    const begunMs = performance.now();
    const first = callMakePayment(adapter.publicApp, atDecision);
    await held.asked;

    proxy.hang();
    held.answer(approved);
    const answers = await Promise.all([
      first,
      ...atFirst.map((payment) => callMakePayment(adapter.publicApp, payment)),
    ]);
    const tookMs = performance.now() - begunMs;
    proxy.flow();

    assert.ok(tookMs < 2 * patienceMs, `${tookMs} ms`);
    for (const [index, answer] of answers.entries()) {
      assert.deepEqual(answer.body, fail(payments[index]?.pspTransactionId ?? '', 85));
    }
    for (const payment of payments) {
      await eventually('FAILED', () => stateOf(own.database, payment));
      await eventually(true, async () => {
        return (await tracesOf(own.database, payment))?.replyStatus !== null;
      });
    }
    assert.equal(adapter.acquirer.authorisations.length, 1);
    await eventually(1, () => reversalsOf(adapter.acquirer, atDecision).length);
    await adapter[Symbol.asyncDispose]();
    await database.close();
    await proxy[Symbol.asyncDispose]();
    await own.drop();
  });
});
