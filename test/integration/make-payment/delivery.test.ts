import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import express, { type Express, type RequestHandler } from 'express';
import request from 'supertest';
import { heartbeatTiming } from '../../../src/instances/heartbeat.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { type APayment, aPayment, stateOf } from '../../support/a-payment.ts';
import { eventually } from '../../support/eventually.ts';
import { fail, ok } from '../../support/expected-answer.ts';
import { callAndHangUpLater, listenTo, type ListeningApp } from '../../support/listening-app.ts';
import { approved } from '../../support/scripted-acquirer.ts';
import { holdAuthorisation, jumpingClock } from '../../support/scripts.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import {
  authorisationsOf,
  eventsOf,
  merchantEventsOf,
  reversalsOf,
  tracesOf,
} from '../../support/traces-of-a-payment.ts';
import { callMakePayment } from '../../support/vipps-callback.ts';

describe('The delivery of an answer that says OK', () => {
  const clock = jumpingClock();
  let adapter: TestAdapter;
  let listening: ListeningApp;
  let beforeTheEnd: RequestHandler = (_req, _res, next) => {
    next();
  };
  let app: Express;
  before(async () => {
    adapter = await startTestAdapter({ clock });
    app = express();
    app.use((req, res, next) => {
      void beforeTheEnd(req, res, next);
    });
    app.use(adapter.publicApp);
    listening = await listenTo(app);
  });
  let jumpsSeenMs = 0;
  afterEach(async () => {
    const jumpsMs = clock.monotonicMs() - systemClock.monotonicMs();
    if (jumpsMs - jumpsSeenMs > 1) {
      // To a clock that jumped the last heartbeat is old, or will be in the midst of the next test.
      // Now it certainly is, and the next one comes within a second.
      clock.jump(heartbeatTiming.youngMsMax);
      jumpsSeenMs = jumpsMs + heartbeatTiming.youngMsMax;
    }
    await eventually(200, async () => (await request(adapter.internalApp).get('/ready')).status);
    adapter.acquirer.authoriseWith(() => Promise.resolve(approved));
    beforeTheEnd = (_req, _res, next) => {
      next();
    };
  });
  after(async () => {
    await listening[Symbol.asyncDispose]();
    await adapter[Symbol.asyncDispose]();
  });

  /** Something happens, or takes its time, between the decision and the bytes. */
  function whenAnswering(deed: (send: () => void) => void): void {
    beforeTheEnd = (_req, res, next) => {
      const end = res.end.bind(res) as (...args: unknown[]) => typeof res;
      res.end = ((...args: unknown[]) => {
        deed(() => end(...args));
        return res;
      }) as typeof res.end;
      next();
    };
  }

  async function deliveryDetailOf(payment: APayment): Promise<unknown> {
    const { rows } = await adapter.database.hot.query<{ detail: unknown }>(
      `select detail from operation where payment_id = $1 and event in ('TOLD', 'NOT_TOLD')`,
      [payment.id],
    );
    return rows[0]?.detail;
  }

  const reversedFor = async (payment: APayment): Promise<string | undefined> => {
    const { rows } = await adapter.database.hot.query<{ reason: string }>(
      `select reason from reversal where payment_id = $1 and state = 'ACKNOWLEDGED'`,
      [payment.id],
    );
    return rows[0]?.reason;
  };

  it('a finished answer makes the payment AUTHORISED, and the merchant hears of it', async () => {
    const payment = await aPayment(adapter.database);

    const answer = await callMakePayment(app, payment);

    assert.deepEqual(answer.body, ok(payment.pspTransactionId));
    await eventually(['CREATED', 'CONFIRMED', 'APPROVED', 'TOLD'], () =>
      eventsOf(adapter.database, payment),
    );
    assert.deepEqual(await deliveryDetailOf(payment), { certain: true });
    assert.deepEqual(await merchantEventsOf(adapter.database, payment), ['AUTHORIZED']);
    const { rows } = await adapter.database.hot.query<{ authorised_minor: bigint }>(
      'select authorised_minor from payment where id = $1',
      [payment.id],
    );
    assert.equal(rows[0]?.authorised_minor, payment.amountMinor);
  });

  it('R29 an approval is reversed when Vipps hung up before the answer', async () => {
    const payment = await aPayment(adapter.database);
    const held = holdAuthorisation(adapter.acquirer);
    const hangsUp = callAndHangUpLater(listening, payment);
    await held.asked;
    hangsUp.destroy();
    await listening.newestIsClosed();

    held.answer(approved);

    await eventually(['CREATED', 'CONFIRMED', 'APPROVED', 'NOT_TOLD', 'REVERSED'], () =>
      eventsOf(adapter.database, payment),
    );
    assert.deepEqual(await deliveryDetailOf(payment), { certain: true });
    assert.equal(await reversedFor(payment), 'NOT_TOLD');
    assert.equal(await stateOf(adapter.database, payment), 'FAILED');
    assert.deepEqual(await merchantEventsOf(adapter.database, payment), ['ABORTED']);
    const later = await callMakePayment(app, payment);
    assert.deepEqual(later.body, fail(payment.pspTransactionId, 85));
    assert.equal(authorisationsOf(adapter.acquirer, payment), 1);
  });

  it('a decline that Vipps hung up on is stored and replayed, and nothing is reversed', async () => {
    const payment = await aPayment(adapter.database);
    const held = holdAuthorisation(adapter.acquirer);
    const hangsUp = callAndHangUpLater(listening, payment);
    await held.asked;
    hangsUp.destroy();
    await listening.newestIsClosed();

    held.answer({ kind: 'DECLINED', reason: 'EXPIRED_CARD', responseCode: '54' });

    await eventually('FAILED', () => stateOf(adapter.database, payment));
    const later = await callMakePayment(app, payment);
    assert.deepEqual(later.body, fail(payment.pspTransactionId, 86));
    assert.deepEqual(reversalsOf(adapter.acquirer, payment), []);
  });

  it('an approval is reversed when the connection breaks while the answer is on its way', async () => {
    const payment = await aPayment(adapter.database);
    whenAnswering(() => undefined);
    const call = callAndHangUpLater(listening, payment);
    await eventually('ANSWERING', () => stateOf(adapter.database, payment));

    call.destroy();

    await eventually('NOT_TOLD', () => reversedFor(payment));
    assert.equal(await stateOf(adapter.database, payment), 'FAILED');
  });

  it('an answer that finishes after 14 s (at a tenth) is uncertain: reversed, and marked so', async () => {
    const payment = await aPayment(adapter.database);
    whenAnswering((send) => {
      clock.jump(1_450);
      send();
    });

    const answer = await callMakePayment(app, payment);

    assert.deepEqual(answer.body, ok(payment.pspTransactionId));
    await eventually('UNCERTAIN', () => reversedFor(payment));
    assert.deepEqual(await deliveryDetailOf(payment), { certain: false, reported: 'CANCELLED' });
    assert.equal(await stateOf(adapter.database, payment), 'FAILED');
    assert.deepEqual(await merchantEventsOf(adapter.database, payment), ['ABORTED']);
  });

  it('an answer that neither finishes nor breaks by 14 s (at a tenth) is uncertain and cut off', async () => {
    const payment = await aPayment(adapter.database);
    whenAnswering(() => undefined);
    const call = callAndHangUpLater(listening, payment);

    await new Promise((resolve) => call.on('close', resolve));

    await eventually('UNCERTAIN', () => reversedFor(payment));
    assert.deepEqual(await deliveryDetailOf(payment), { certain: false, reported: 'CANCELLED' });
    const later = await callAfter(payment);
    assert.deepEqual(later, fail(payment.pspTransactionId, 85));
  });

  async function callAfter(payment: APayment): Promise<unknown> {
    beforeTheEnd = (_req, _res, next) => {
      next();
    };
    return (await callMakePayment(app, payment)).body as unknown;
  }

  it('R29 says 85 instead of an OK that would leave after 13.5 s (at a tenth), and reverses', async () => {
    const payment = await aPayment(adapter.database);
    // The decision is there in good time, but then this process stands still.
    adapter.acquirer.authoriseWith(() => {
      clock.jump(1_360);
      return Promise.resolve(approved);
    });

    const answer = await callMakePayment(app, payment);

    assert.deepEqual(answer.body, fail(payment.pspTransactionId, 85));
    await eventually('NOT_TOLD', () => reversedFor(payment));
    assert.equal((await tracesOf(adapter.database, payment))?.delivery, 'NOT_TOLD');
    assert.equal((await callMakePayment(app, payment)).text, answer.text);
  });

  it('a duplicate on the same connection right after the OK gets the same OK', async () => {
    const payment = await aPayment(adapter.database);

    const first = await callMakePayment(app, payment);
    const second = await callMakePayment(app, payment);

    assert.equal(second.text, first.text);
    assert.deepEqual(await merchantEventsOf(adapter.database, payment), ['AUTHORIZED']);
  });
});
