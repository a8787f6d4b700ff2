import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { stuckAnswer } from '../../../src/back-office/stuck-messages.ts';
import { type APayment } from '../../support/a-payment.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import { anAuthorisedPayment } from '../modifications/a-modification.ts';
import { theOffice } from './the-office.ts';

describe('what is stuck', () => {
  let adapter: TestAdapter;
  let office: ReturnType<typeof theOffice>;
  before(async () => {
    // Nothing leaves by itself in the middle of a test.
    const statusUpdateSchedule = { kind: 'DAILY', at: { time: '00:00', zone: 'UTC' } } as const;
    adapter = await startTestAdapter({ settings: { statusUpdateSchedule } });
    adapter.acquirer.modifyWith(() => ({ kind: 'UNKNOWN', why: 'silence' }));
    adapter.acquirer.reverseWith(() =>
      Promise.resolve({ kind: 'NOT_ACKNOWLEDGED', why: 'silence' }),
    );
    office = theOffice(adapter);
  });
  after(() => adapter[Symbol.asyncDispose]());

  const sql = (text: string, values: readonly unknown[]) =>
    adapter.database.hot.query<Record<string, unknown>>(text, [...values]);

  async function list() {
    const answer = await office.get('/stuck?limit=1000');
    assert.equal(answer.status, 200, answer.text);
    const stuck = stuckAnswer.parse(answer.body);
    assert.deepEqual(answer.body, stuck, 'nothing is answered that is not described');
    return stuck;
  }

  async function lastOperationOf({ id }: Pick<APayment, 'id'>) {
    const { rows } = await sql(
      'select event, detail from operation where payment_id = $1 order by sequence desc limit 1',
      [id],
    );
    return rows[0];
  }

  const codeOf = ({ body }: { body: unknown }) => (body as { code?: string }).code;

  async function aDeadReport() {
    const payment = await anAuthorisedPayment(adapter.database);
    const { pspTransactionId } = payment;
    const lines = [1_000, 500].map((amount) => ({ pspTransactionId, status: 'CAPTURED', amount }));
    await office.post('/status-updates', { transactions: lines });
    await sql(
      `update status_update set state = 'DEAD', settled_at = now(), refusal_code = '41', refusal_text = 'No'
       where payment_id = $1 and amount_minor = 1000`,
      [payment.id],
    );
    const { rows } = await sql(
      `select sequence from status_update where payment_id = $1 and state = 'DEAD'`,
      [payment.id],
    );
    return {
      ...payment,
      path: `/stuck/status-updates/${payment.id}/${String(rows[0]?.['sequence'])}`,
    };
  }

  async function aLateReversal() {
    const payment = await anAuthorisedPayment(adapter.database, { state: 'REVERSING' });
    await sql(
      `insert into reversal (payment_id, attempt, leg, psp_transaction_id, original_reference, reason,
         authorisation_sent_at, attempts, next_attempt_at, ordered_at, last_answer)
       values ($1, 1, 1, $2, 'ref', 'NOT_TOLD', now(), 1, now() + interval '1 hour', now() - interval '2 days', 'silence')`,
      [payment.id, payment.pspTransactionId],
    );
    return payment;
  }

  async function anUnknownCapture() {
    const payment = await anAuthorisedPayment(adapter.database);
    const operationId = randomUUID();
    await sql('update payment set capturing_minor = 1000 where id = $1', [payment.id]);
    await sql(
      `insert into modification (payment_id, operation_id, kind, amount_minor, carried_out_by, state,
         acquirer_reference, attempts, next_attempt_at, begun_at)
       values ($1, $2, 'CAPTURE', 1000, 'ADAPTER', 'UNDER_WAY', $2, 3, now() + interval '1 hour',
         now() - interval '2 hours')`,
      [payment.id, operationId],
    );
    return { ...payment, operationId };
  }

  it('is a report that Vipps refuses, which may be sent again, for a reason on record', async () => {
    const { path, ...payment } = await aDeadReport();
    const listed = (await list()).deadReports.find(({ paymentId }) => paymentId === payment.id);
    assert.deepEqual([listed?.refusal.code, listed?.heldBack], ['41', 1]);

    const answer = await office.post(`${path}/retry`, { reason: 'Vipps mended it' });

    assert.deepEqual([answer.status, answer.body], [200, { result: 'RETRIED' }]);
    const operation = await lastOperationOf(payment);
    assert.equal(operation?.['event'], 'STATUS_UPDATE_RETRIED');
    assert.equal((operation['detail'] as { reason?: string }).reason, 'Vipps mended it');
    const again = await office.post(`${path}/retry`, { reason: 'once more' });
    assert.deepEqual([again.status, codeOf(again)], [409, 'NOT_STUCK']);
  });

  it('is a report that may be given up, for a reason on record', async () => {
    const { path, ...payment } = await aDeadReport();

    const answer = await office.post(`${path}/dismiss`, { reason: 'Reported by telephone' });

    assert.deepEqual([answer.status, answer.body], [200, { result: 'DISMISSED' }]);
    assert.equal((await lastOperationOf(payment))?.['event'], 'STATUS_UPDATE_DISMISSED');
    assert.equal(
      (await list()).deadReports.some(({ paymentId }) => paymentId === payment.id),
      false,
    );
  });

  it('is a reversal that goes unanswered, which may be sent again and not given up', async () => {
    const payment = await aLateReversal();
    const listed = (await list()).lateReversals.find(({ paymentId }) => paymentId === payment.id);
    assert.equal(listed?.lastAnswer, 'silence');
    const path = `/stuck/reversals/${payment.id}/1/1`;

    const answer = await office.post(`${path}/retry`, { reason: 'The acquirer is back' });

    assert.equal(answer.status, 200, answer.text);
    const { rows } = await sql(
      `select detail from operation where payment_id = $1 and event = 'REVERSAL_RETRIED'`,
      [payment.id],
    );
    assert.deepEqual(rows[0]?.['detail'], { leg: 1, reason: 'The acquirer is back' });
    assert.equal((await office.post(`${path}/dismiss`, { reason: 'x' })).status, 404);
  });

  it('is an operation of unknown outcome, which may be repeated and not given up', async () => {
    const { operationId, ...payment } = await anUnknownCapture();
    const listed = (await list()).unknownModifications.map((each) => each.operationId);
    assert.ok(listed.includes(operationId));
    const path = `/stuck/modifications/${payment.id}/${operationId}`;

    const answer = await office.post(`${path}/retry`, { reason: 'The acquirer is back' });

    assert.equal(answer.status, 200, answer.text);
    const { rows } = await sql(
      `select detail from operation where payment_id = $1 and event = 'MODIFICATION_RETRIED'`,
      [payment.id],
    );
    assert.equal((rows[0]?.['detail'] as { reason?: string }).reason, 'The acquirer is back');
    assert.equal((await office.post(`${path}/dismiss`, { reason: 'x' })).status, 404);
  });

  it('is listed as soon as the acquirer has left it without an answer', async () => {
    const payment = await anAuthorisedPayment(adapter.database);
    const operationId = randomUUID();
    const begin = `insert into modification (payment_id, operation_id, kind, amount_minor, carried_out_by,
         state, acquirer_reference, attempts, next_attempt_at)
       values ($1, $2, 'REFUND', 1000, 'ADAPTER', 'UNDER_WAY', $2, 0, now() + interval '1 hour')`;
    await sql(begin, [payment.id, operationId]);
    const isListed = async () =>
      (await list()).unknownModifications.some((each) => each.operationId === operationId);
    assert.equal(await isListed(), false, 'it is only just under way');

    await sql(`update modification set last_answer = 'silence' where operation_id = $1`, [
      operationId,
    ]);

    assert.equal(await isListed(), true);
  });

  it('is touched for a reason only', async () => {
    const { path } = await aDeadReport();
    for (const body of [{}, { reason: '' }, { reason: '  ' }, { reason: 'x'.repeat(501) }, '[]']) {
      const answer = await office.post(`${path}/retry`, body);
      assert.deepEqual([answer.status, codeOf(answer)], [400, 'BODY_INVALID']);
    }
  });

  it('is not found where there is nothing', async () => {
    const nobody = randomUUID();
    for (const path of [
      `/stuck/status-updates/${nobody}/1/retry`,
      `/stuck/status-updates/${nobody}/1/dismiss`,
      '/stuck/status-updates/x/y/retry',
      `/stuck/reversals/${nobody}/1/1/retry`,
      `/stuck/reversals/${nobody}/99999999/1/retry`,
      `/stuck/modifications/${nobody}/x/retry`,
    ]) {
      const answer = await office.post(path, { reason: 'a reason' });
      assert.deepEqual([answer.status, codeOf(answer)], [404, 'NOT_FOUND'], path);
    }
  });
});
