import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { aPayment } from '../../support/a-payment.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import { callMakePayment } from '../../support/vipps-callback.ts';
import { anAuthorisedPayment } from '../modifications/a-modification.ts';
import { theOffice } from './the-office.ts';

interface Evidence {
  readonly payments: Readonly<Record<'capturedAndRefunded' | 'captured' | 'cancelled', string[]>>;
  readonly answers: readonly {
    readonly errorId: number;
    readonly pspTransactionIds: readonly string[];
    readonly reason: string | null;
  }[];
}

describe('the evidence that Vipps asks for before going live', () => {
  let adapter: TestAdapter;
  let office: ReturnType<typeof theOffice>;
  before(async () => {
    // Nothing leaves by itself: what Vipps has accepted is for the test to say.
    const statusUpdateSchedule = { kind: 'DAILY', at: { time: '00:00', zone: 'UTC' } } as const;
    adapter = await startTestAdapter({ settings: { statusUpdateSchedule } });
    office = theOffice(adapter);
  });
  after(() => adapter[Symbol.asyncDispose]());

  async function evidence(query = ''): Promise<Evidence> {
    const answer = await office.get(`/go-live-evidence${query}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.body as Evidence;
  }

  async function reported(...statuses: readonly string[]): Promise<string> {
    const { pspTransactionId } = await anAuthorisedPayment(adapter.database);
    const transactions = statuses.map((status) => ({ pspTransactionId, status, amount: 100 }));
    await office.post('/status-updates', { transactions });
    return pspTransactionId;
  }

  const accept = () =>
    adapter.database.hot.query(
      `update status_update set state = 'ACCEPTED', settled_at = now(), batch_id = gen_random_uuid(), position = 1
       where state = 'WAITING'`,
    );

  it('R84 names payments whose capture, refund or cancel Vipps has accepted', async () => {
    const both = await reported('CAPTURED', 'REFUNDED');
    const cancelled = await reported('CANCELLED');
    await accept();
    await reported('CAPTURED', 'REFUNDED');

    const { payments } = await evidence();

    assert.deepEqual(payments, {
      capturedAndRefunded: [both],
      captured: [both],
      cancelled: [cancelled],
    });
  });

  it('R84 names one payment for each error id, or the reason why there is none', async () => {
    const undecipherable = await aPayment(adapter.database);
    await callMakePayment(adapter.publicApp, undecipherable, { cardData: 'nonsense' });
    const cancelled = await aPayment(adapter.database);
    await callMakePayment(adapter.publicApp, cancelled, { confirmed: 'CANCEL' });

    const { answers } = await evidence();

    assert.deepEqual(
      answers.map(({ errorId }) => errorId),
      [71, 72, 81, 82, 83, 84, 85, 86, 87, 88, 89, 91, 92, 93, 94, 1036],
    );
    const of = (errorId: number) => answers.find((answer) => answer.errorId === errorId);
    assert.deepEqual(of(92)?.pspTransactionIds, [undecipherable.pspTransactionId]);
    assert.deepEqual(of(93)?.pspTransactionIds, [cancelled.pspTransactionId]);
    assert.equal(of(93)?.reason, null);
    for (const { errorId, pspTransactionIds, reason } of answers) {
      assert.equal(reason === null, pspTransactionIds.length > 0, String(errorId));
    }
  });

  it('R84 is of a time and of a merchant', async () => {
    const none = (found: Evidence) => found.answers.every(({ reason }) => reason !== null);

    assert.ok(none(await evidence('?to=2020-01-01')));
    assert.ok(none(await evidence('?msn=999999')));
    assert.equal((await office.get('/go-live-evidence?from=yesterday')).status, 400);
  });
});
