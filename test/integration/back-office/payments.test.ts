import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type z } from 'zod';
import { searchAnswer, timelineAnswer } from '../../../src/back-office/payment-messages.ts';
import { merchantStateOf, type PaymentState } from '../../../src/payments/payment-state.ts';
import { type APayment, aPayment } from '../../support/a-payment.ts';
import { type ChallengeEnd, endStepUp, enterStepUp, proof } from '../../support/a-step-up.ts';
import { eventually } from '../../support/eventually.ts';
import { callAs, v3 } from '../../support/make-payment-version.ts';
import { approved, softDeclined } from '../../support/scripted-acquirer.ts';
import { scriptedThreeDs } from '../../support/scripted-three-ds.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import { callMakePayment } from '../../support/vipps-callback.ts';
import { anAuthorisedPayment } from '../modifications/a-modification.ts';
import { theOffice } from './the-office.ts';

interface ProblemBody {
  readonly code: string;
  readonly errors?: readonly { readonly name: string; readonly reason: string }[];
}

describe('the search for payments', () => {
  let adapter: TestAdapter;
  let office: ReturnType<typeof theOffice>;
  before(async () => {
    adapter = await startTestAdapter();
    office = theOffice(adapter);
  });
  after(() => adapter[Symbol.asyncDispose]());

  async function search(query: string) {
    const answer = await office.get(`/payments?${query}`);
    assert.equal(answer.status, 200, answer.text);
    const page = searchAnswer.parse(answer.body);
    assert.deepEqual(answer.body, page, 'nothing is answered that is not described');
    return page;
  }

  const idsOf = ({ payments }: z.output<typeof searchAnswer>) => payments.map(({ id }) => id);

  it('finds one by each of its ids, its merchant, amount, state, time and card', async () => {
    const { database } = adapter;
    const wanted = await anAuthorisedPayment(database, {
      msn: '300001',
      amountMinor: 123_457n,
      reference: 'order-300001-1',
    });
    await database.hot.query(
      `update payment set masked_pan = '492500******4321', created_at = '2020-02-03 04:05:06.789012+00' where id = $1`,
      [wanted.id],
    );
    const { rows } = await database.hot.query<{ merchant_order_id: string }>(
      'select merchant_order_id from psp_transaction where payment_id = $1',
      [wanted.id],
    );
    await aPayment(database, { msn: '300002' });

    for (const query of [
      `reference=${wanted.reference}`,
      `pspTransactionId=${wanted.pspTransactionId}`,
      `merchantOrderId=${rows[0]?.merchant_order_id ?? ''}`,
      'msn=300001',
      'amount=123457',
      'state=AUTHORISED',
      'lastFour=4321',
      'from=2020-02-03&to=2020-02-04',
      'from=2020-02-03T04:05:06.789Z&to=2020-02-03T05:05:06.790%2B01:00',
      'msn=300001&amount=123457&state=AUTHORISED&lastFour=4321&to=2020-02-04&reference=',
    ]) {
      assert.deepEqual(idsOf(await search(query)), [wanted.id], query);
    }
    for (const query of [
      'amount=123456',
      'lastFour=9999',
      'to=2020-02-03',
      'reference=nobodys-own',
    ]) {
      assert.deepEqual(idsOf(await search(query)), [], query);
    }
  });

  it('finds payments by whatever state they are in', async () => {
    const { database } = adapter;
    const states = Object.keys(merchantStateOf) as PaymentState[];
    for (const state of states) {
      const { id, pspTransactionId } = await aPayment(database, { msn: '300009', state });
      // What goes with the state, out of reach of the workers that would end it.
      if (state === 'AUTHORISING' || state === 'ANSWERING') {
        await database.hot.query(
          `insert into authorisation_leg (payment_id, attempt, leg, psp_transaction_id, acquirer_reference,
             owner, opened_at) values ($1, 1, 1, $2, $2 || '-a1', $1, now() + interval '1 hour')`,
          [id, pspTransactionId],
        );
      }
      if (state === 'REVERSING') {
        await database.hot.query(
          `insert into reversal (payment_id, attempt, leg, psp_transaction_id, original_reference, reason,
             authorisation_sent_at, next_attempt_at)
           values ($1, 1, 1, $2, $2 || '-a1', 'NO_ANSWER', now(), now() + interval '1 hour')`,
          [id, pspTransactionId],
        );
      }
    }

    for (const state of states) {
      const { payments } = await search(`msn=300009&state=${state}`);
      assert.deepEqual(
        payments.map((payment) => payment.state),
        [state],
      );
    }
  });

  it('finds a payment by an id at Vipps that was superseded', async () => {
    const payment = await anAuthorisedPayment(adapter.database);
    await adapter.database.hot.query(
      `insert into psp_transaction (payment_id, psp_transaction_id, merchant_order_id, request_id,
         make_payment_token_hash, superseded_at)
       values ($1, $2, 'earlier-order', gen_random_uuid(), sha256('x'), now())`,
      [payment.id, `${payment.pspTransactionId}x`],
    );

    const found = await search(`pspTransactionId=${payment.pspTransactionId}x`);
    assert.deepEqual(idsOf(found), [payment.id]);
    assert.equal(found.payments[0]?.pspTransactionId, payment.pspTransactionId);
    assert.deepEqual(idsOf(await search('merchantOrderId=earlier-order')), [payment.id]);
  });

  it('shows a card masked and never whole', async () => {
    const payment = await anAuthorisedPayment(adapter.database);
    await adapter.database.hot.query(
      `update payment set masked_pan = '492500******0004' where id = $1`,
      [payment.id],
    );

    const { payments } = await search(`pspTransactionId=${payment.pspTransactionId}`);
    assert.equal(payments[0]?.maskedPan, '492500******0004');
  });

  it('turns pages that neither repeat nor lose a payment while others are made', async () => {
    const { database } = adapter;
    const msn = '300003';
    const made: string[] = [];
    for (let count = 0; count < 25; count += 1)
      made.unshift((await aPayment(database, { msn })).id);
    // Several of one moment: the order among them must hold as well.
    await database.hot.query(
      `update payment set created_at = '2021-01-01' where id = any($1::uuid[])`,
      [made.slice(5, 15)],
    );

    const seen: string[] = [];
    let next: string | null = '';
    for (let pages = 0; next !== null; pages += 1) {
      assert.ok(pages < 20);
      const page: z.output<typeof searchAnswer> = await search(
        `msn=${msn}&limit=3${next === '' ? '' : `&cursor=${next}`}`,
      );
      assert.ok(page.payments.length <= 3);
      seen.push(...idsOf(page));
      next = page.next;
      await aPayment(database, { msn });
    }

    assert.deepEqual(seen.toSorted(), made.toSorted());
  });

  const wrong = [
    ['reference', 'short'],
    ['reference', 'a%00bcdefgh'],
    ['pspTransactionId', 'NOT-OURS'],
    ['merchantOrderId', '%27%20or%201=1'],
    ['msn', '12'],
    ['amount', '0'],
    ['amount', '1.5'],
    ['amount', '99999999999999999999'],
    ['state', 'PAID'],
    ['from', 'yesterday'],
    ['to', '2020-13-01'],
    ['lastFour', '12345'],
    ['limit', '0'],
    ['limit', '201'],
    ['cursor', 'nothing-of-ours'],
    ['cursor', Buffer.from('["2020-02-31 00:00:00+00","x"]').toString('base64url')],
    ['colour', 'red'],
  ] as const;
  for (const [name, value] of wrong) {
    it(`refuses ${name}=${value} and names the parameter`, async () => {
      const answer = await office.get(`/payments?${name}=${value}`);

      assert.equal(answer.status, 400);
      const problem = answer.body as ProblemBody;
      assert.equal(problem.code, 'PARAMETER_INVALID');
      assert.deepEqual(
        problem.errors?.map((error) => error.name),
        [name],
      );
    });
  }

  it('refuses a parameter that is given twice', async () => {
    const answer = await office.get('/payments?msn=300001&msn=300002');
    assert.equal((answer.body as ProblemBody).errors?.[0]?.name, 'msn');
  });

  it('looks nothing up by reading every payment', async () => {
    const { database } = adapter;
    await database.hot.query(`
      with made as (
        insert into payment (id, msn, reference, rail, psp_transaction_id, state, currency, amount_minor,
          user_flow, payment_text, return_token_hash, expires_at, created_at, masked_pan)
        select gen_random_uuid(), '300001', 'many-' || n || '-xxxx', 'psp-v2', 'many' || n,
          case when n % 100 = 0 then 'TERMINATED' else 'FAILED' end, 'NOK', 100 + n % 1000,
          'WEB_REDIRECT', 'text', sha256(n::text::bytea), now(), now() - n * interval '1 second',
          '492500******' || lpad((n % 10000)::text, 4, '0')
        from generate_series(1, 20000) n returning id, psp_transaction_id)
      insert into psp_transaction (payment_id, psp_transaction_id, merchant_order_id, request_id, make_payment_token_hash)
      select id, psp_transaction_id, 'order-' || psp_transaction_id, gen_random_uuid(), '' from made`);
    await database.hot.query('analyze payment, psp_transaction');
    for (const condition of [
      `p.reference = 'many-7-xxxx'`,
      `p.id = (select payment_id from psp_transaction where psp_transaction_id = 'many7')`,
      `p.id in (select payment_id from psp_transaction where merchant_order_id = 'order-many7')`,
      `p.msn = '300001'`,
      'p.amount_minor = 107',
      `p.state = 'TERMINATED'`,
      `p.created_at >= now() - interval '2 minutes'`,
      `p.masked_pan is not null and right(p.masked_pan, 4) = '0007'`,
      `(p.created_at, p.id) < (now() - interval '1 hour', gen_random_uuid())`,
    ]) {
      const { rows } = await database.hot.query<{ 'QUERY PLAN': string }>(
        `explain select p.id from payment p
         join psp_transaction t on t.payment_id = p.id and t.psp_transaction_id = p.psp_transaction_id
         where ${condition} order by p.created_at desc, p.id desc limit 51`,
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      assert.doesNotMatch(plan, /Seq Scan/, `${condition}\n${plan}`);
    }
  });
});

describe('the timeline of a payment', () => {
  let adapter: TestAdapter;
  let office: ReturnType<typeof theOffice>;
  before(async () => {
    // Nothing leaves in the middle of a test.
    const statusUpdateSchedule = { kind: 'DAILY', at: { time: '00:00', zone: 'UTC' } } as const;
    adapter = await startTestAdapter({
      threeDsServer: scriptedThreeDs(),
      settings: { statusUpdateSchedule },
    });
    office = theOffice(adapter);
  });
  after(() => adapter[Symbol.asyncDispose]());

  async function timelineOf({ id }: { readonly id: string }) {
    const answer = await office.get(`/payments/${id}`);
    assert.equal(answer.status, 200, answer.text);
    const timeline = timelineAnswer.parse(answer.body);
    assert.deepEqual(answer.body, timeline, 'nothing is answered that is not described');
    return timeline;
  }

  async function paid(payment: APayment) {
    await callMakePayment(adapter.publicApp, payment);
    return payment;
  }

  it('tells everything in order, and why', async () => {
    const payment = await paid(await anAuthorisedPayment(adapter.database, { state: 'CREATED' }));
    await eventually('AUTHORISED', async () => (await timelineOf(payment)).payment.state);
    const { pspTransactionId } = payment;
    await office.post('/status-updates', {
      transactions: [
        {
          pspTransactionId,
          status: 'CAPTURED',
          amount: 1_000,
          currency: 'NOK',
          operationId: 'till-1',
        },
      ],
    });

    const { payment: shown, ...timeline } = await timelineOf(payment);

    assert.equal(shown.id, payment.id);
    assert.equal(shown.pspTransactionId, pspTransactionId);
    assert.equal(shown.amounts.captured, 1_000);
    assert.equal(shown.maskedPan, '492500******0004');
    assert.match(shown.why, /^The acquirer approved and Vipps was told\. .*captured 1000/);
    assert.deepEqual(timeline.operations.map(({ event }) => event).slice(0, 5), [
      'CREATED',
      'CONFIRMED',
      'APPROVED',
      'TOLD',
      'CAPTURED',
    ]);
    assert.equal(timeline.legs[0]?.delivery, 'TOLD');
    assert.deepEqual(timeline.legs[0].reply, { paymentInfo: { pspTransactionId, status: 'OK' } });
    assert.equal(timeline.modifications[0]?.operationId, 'till-1');
    assert.equal(timeline.statusUpdates[0]?.status, 'CAPTURED');
    assert.deepEqual(await timelineOf({ id: pspTransactionId }), await timelineOf(payment));
  });

  it('says why a payment failed', async () => {
    adapter.acquirer.authoriseWith(() =>
      Promise.resolve({ kind: 'DECLINED', reason: 'INSUFFICIENT_FUNDS', responseCode: '51' }),
    );
    const declined = await paid(await aPayment(adapter.database));
    const cancelled = await aPayment(adapter.database);
    await callMakePayment(adapter.publicApp, cancelled, { confirmed: 'CANCEL' });
    const unreadable = await aPayment(adapter.database);
    await callMakePayment(adapter.publicApp, unreadable, { cardData: 'bm90aGluZw==' });

    const whyOf = async (payment: APayment) => (await timelineOf(payment)).payment.why;
    assert.match(await whyOf(declined), /declined \(INSUFFICIENT_FUNDS, response code 51\)/);
    assert.match(await whyOf(cancelled), /The customer cancelled in the Vipps app/);
    assert.match(await whyOf(unreadable), /refused before any authorisation \(UNABLE_TO_DECRYPT\)/);
  });

  it('tells how far a step-up has come, and nobody the address of it', async () => {
    const payment = await aPayment(adapter.database, { rail: 'psp-v3' });
    const call = () => callAs(v3, adapter.publicApp, payment, 'CONFIRMED');
    adapter.acquirer.authoriseWith(() => Promise.resolve(softDeclined));
    await call();
    const whyNow = async () => (await timelineOf(payment)).payment.why;

    assert.match(await whyNow(), /prove who they are\. They have not gone on to their bank yet/);
    await enterStepUp(adapter.database, payment);
    assert.match(await whyNow(), /They are at their bank/);
    await endStepUp(adapter.database, payment, 'SUCCEEDED');
    assert.match(await whyNow(), /They have, and Vipps has not called again yet/);
    const { legs, stepUps, payment: shown } = await timelineOf(payment);

    assert.equal(shown.merchantState, 'CREATED');
    assert.equal(legs[0]?.replyStatus, 'SOFT_DECLINE');
    assert.ok(!JSON.stringify(legs).includes('/3ds/'));
    assert.ok(JSON.stringify(legs).includes('[secret]'));
    const [stepUp] = stepUps;
    assert.ok(stepUp?.enteredAt && stepUp.endedAt);
    assert.deepEqual(
      [stepUp.state, stepUp.eci, stepUp.threeDsTransactionId],
      ['SUCCEEDED', proof.eci, proof.transactionId],
    );
    adapter.acquirer.authoriseWith(() => Promise.resolve(approved));
    await call();
    await eventually('AUTHORISED', async () => (await timelineOf(payment)).payment.state);
    assert.deepEqual(
      (await timelineOf(payment)).legs.map(({ leg, replyStatus }) => [leg, replyStatus]),
      [
        [1, 'SOFT_DECLINE'],
        [2, 'OK'],
      ],
    );
  });

  const ends: readonly (readonly [ChallengeEnd, RegExp])[] = [
    ['FAILED', /^The customer could not be authenticated/],
    ['CANCELLED', /wanted the customer to prove who they are, and they cancelled it/],
    ['TIMED_OUT', /^The customer did not act in time.* had wanted the customer to prove/],
  ];
  for (const [end, why] of ends) {
    it(`says why a payment ended whose step-up ${end}, whatever Vipps calls later`, async () => {
      const payment = await aPayment(adapter.database);
      adapter.acquirer.authoriseWith(() => Promise.resolve(softDeclined));
      await paid(payment);
      await endStepUp(adapter.database, payment, end);
      assert.match((await timelineOf(payment)).payment.why, why);

      await paid(payment);

      assert.match((await timelineOf(payment)).payment.why, why);
      assert.equal((await timelineOf(payment)).legs.length, 2);
    });
  }

  for (const id of ['nobodys', '00000000-0000-4000-8000-000000000000', 'NOT-AN-ID', '%00']) {
    it(`is not found for ${id}`, async () => {
      const answer = await office.get(`/payments/${id}`);
      assert.equal(answer.status, 404);
      assert.equal((answer.body as ProblemBody).code, 'NOT_FOUND');
    });
  }
});
