import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import request from 'supertest';
import { type AuthorisationOutcome } from '../../../src/acquirer/acquirer.ts';
import { rails } from '../../../src/payments/rail.ts';
import { type APayment, aPayment, stateOf } from '../../support/a-payment.ts';
import { eventually } from '../../support/eventually.ts';
import { away, faultyDatabase, once } from '../../support/faulty-pool.ts';
import { approved } from '../../support/scripted-acquirer.ts';
import { startTestAdapter } from '../../support/test-adapter.ts';
import { createTestDatabase } from '../../support/test-database.ts';
import { callMakePayment, encryptCard } from '../../support/vipps-callback.ts';

const pan = '4925000000000004';
const sessionId = 'session-3854ba014e184e0d8ba2';
const userToken = 'header.payload-of-a-user-token.signature';

/** A log at its most talkative, as lines. */
function capturingLog() {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString('utf8'));
      done();
    },
  });
  return { lines, log: pino({ level: 'trace' }, stream) };
}

describe('The log of makePayment', () => {
  it('R46 never holds a card, card data or a token, whatever happens to a call', async () => {
    const own = await createTestDatabase();
    const { lines, log } = capturingLog();
    const faulty = faultyDatabase(own.database);
    const adapter = await startTestAdapter({
      log,
      database: faulty.database,
      on: { database: own.database, databaseUrl: own.url },
    });
    const app = adapter.publicApp;
    const secrets = new Set([pan, sessionId, userToken]);
    const aSecretPayment = async (): Promise<APayment> => {
      const payment = await aPayment(own.database);
      secrets.add(payment.token);
      return payment;
    };
    const aCard = (): string => {
      const cardData = encryptCard({ pan, sessionId });
      secrets.add(cardData.slice(0, 40));
      return cardData;
    };
    const pay = async (payment: APayment, confirmed = 'YES') =>
      callMakePayment(app, payment, { confirmed, cardData: aCard(), further: { userToken } });

    // Everything that can be answered.
    const paid = await aSecretPayment();
    await pay(paid);
    await pay(paid, 'CANCEL');
    await pay(await aSecretPayment(), 'NO');
    await pay({ ...(await aSecretPayment()), msn: '999999' });
    await pay({ ...paid, token: 'a-guess-at-a-token' });
    secrets.add('a-guess-at-a-token');
    await callMakePayment(app, await aSecretPayment(), { cardData: `${pan},3012,${sessionId}` });
    for (const body of [`{"cardData":"${pan}"`, `["${pan}"]`, `{"pspTransactionId":"${pan}"}`]) {
      await request(app)
        .post(`${rails['psp-v2'].makePaymentPath}?pan=${pan}`)
        .type('json')
        .send(body);
    }
    await request(app).get(`/cards/${pan}?token=${userToken}`);

    // Everything that can go wrong behind it.
    const outcomes: readonly (() => Promise<AuthorisationOutcome>)[] = [
      () => Promise.resolve({ kind: 'DECLINED', reason: 'EXPIRED_CARD', responseCode: '54' }),
      () => Promise.resolve({ kind: 'NO_ANSWER', why: 'the connection broke' }),
      () => Promise.resolve({ kind: 'UNINTELLIGIBLE', responseCode: '10', why: 'partial' }),
      () => Promise.reject(new Error('a mistake')),
    ];
    for (const outcome of outcomes) {
      adapter.acquirer.authoriseWith(outcome);
      const payment = await aSecretPayment();
      await pay(payment);
      await eventually('FAILED', () => stateOf(own.database, payment));
    }
    adapter.acquirer.authoriseWith(() => Promise.resolve(approved));
    for (const statement of ['leg-find', 'leg-open', 'leg-decide', 'leg-refuse', 'leg-deliver']) {
      faulty.fault(statement, once(away));
      await pay(await aSecretPayment(), statement === 'leg-refuse' ? 'TIMEOUT' : 'YES');
      faulty.heal();
    }
    // A constraint of the database is broken: its message must not quote what it was given.
    await own.database.hot.query(`alter table authorisation_leg add constraint never
      check (acquirer_reference not like '%') not valid`);
    await pay(await aSecretPayment());
    await own.database.hot.query('alter table authorisation_leg drop constraint never');
    await adapter[Symbol.asyncDispose]();
    await own.drop();

    const everything = lines.join('');
    for (const secret of secrets) assert.ok(!everything.includes(secret), `logged: ${secret}`);
    assert.ok(!/"(?:authorization|cardData|userToken|body|headers)"/i.test(everything));
    assert.ok(lines.length > 25, 'it does say something');
  });

  it('has one line per request, with the answer’s id, the payment and what was answered', async () => {
    const { lines, log } = capturingLog();
    const adapter = await startTestAdapter({ log });
    const payment = await aPayment(adapter.database);

    const answers = [
      await callMakePayment(adapter.publicApp, payment),
      await callMakePayment(adapter.publicApp, payment, { token: 'wrong' }),
      await callMakePayment(adapter.publicApp, { ...payment, pspTransactionId: 'unknown' }),
    ];
    await adapter[Symbol.asyncDispose]();

    const requests = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ event }) => event === 'request');
    assert.deepEqual(
      requests.map(({ requestId }) => requestId),
      answers.map(({ headers }) => headers['x-request-id'] as unknown),
    );
    assert.deepEqual(
      requests.map(({ status, answer, paymentId }) => ({ status, answer, paymentId })),
      [
        { status: 200, answer: 'OK', paymentId: payment.id },
        { status: 401, answer: 'UNAUTHORISED', paymentId: payment.id },
        { status: 200, answer: 'FAIL 71', paymentId: undefined },
      ],
    );
    for (const { method, route, finished, durationMs } of requests) {
      assert.deepEqual(
        { method, route, finished },
        { method: 'POST', route: rails['psp-v2'].makePaymentPath, finished: true },
      );
      assert.equal(typeof durationMs, 'number');
    }
  });

  it('names the request in the line about a fault', async () => {
    const own = await createTestDatabase();
    const { lines, log } = capturingLog();
    const faulty = faultyDatabase(own.database);
    const adapter = await startTestAdapter({
      log,
      database: faulty.database,
      on: { database: own.database, databaseUrl: own.url },
    });
    const payment = await aPayment(own.database);
    const broken = Object.assign(new Error('no such column'), { code: '42703' });
    faulty.fault(
      'leg-find',
      once(() => Promise.reject(broken)),
    );

    const answer = await callMakePayment(adapter.publicApp, payment);
    await adapter[Symbol.asyncDispose]();
    await own.drop();

    const fault = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .find(({ event }) => event === 'make-payment.fault');
    assert.equal(fault?.['requestId'], answer.headers['x-request-id']);
    assert.match(String(fault?.['reason']), /no such column/);
  });
});
