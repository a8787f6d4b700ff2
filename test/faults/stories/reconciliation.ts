import { acquirerReferenceOf } from '../../../src/payments/references.ts';
import { authorised, created, nok, type Story, untilRow } from './story.ts';

/** The books are compared all the time, and what is two seconds old counts as settled. */
const env = { RECONCILIATION_EVERY_SECONDS: '1', RECONCILIATION_QUIET_SECONDS: '2' };

const acknowledgedSql = `select from reversal where payment_id = $1 and state = 'ACKNOWLEDGED'`;

/** The acquirer approved what our books know nothing of any more. */
const approvalFound: Story = {
  name: 'approval-found',
  env,
  play: async (run) => {
    const payment = await created(run);
    const { id, pspTransactionId } = payment;
    await run.cancelInApp(payment);
    await run.stage.acquirer.send('/authorisations', {
      reference: acquirerReferenceOf(pspTransactionId, 1),
      pspTransactionId,
      merchantSerialNumber: '123456',
      amount: 10_000,
      currency: 'NOK',
      card: { pan: '4925000000000004', expiry: '3012' },
    });
    await untilRow(run, acknowledgedSql, [id]);
  },
};

/** An operation whose outcome nobody knows. */
const operationFound: Story = {
  name: 'operation-found',
  env,
  play: async (run) => {
    const { id, path, pspTransactionId } = await authorised(run);
    const capture = { operation: 'capture', pspTransactionId };
    await run.stage.acquirer.misbehave({ ...capture, cutAfter: true });
    await run.stage.acquirer.misbehave({ ...capture, status: 500, times: 6 });
    await Promise.all([
      run.merchant.post(`${path}/capture`, nok(10_000)),
      untilRow(run, `select from operation where payment_id = $1 and event = 'RECONCILED'`, [id]),
    ]);
  },
};

/** A report to Vipps was lost. */
const reportFound: Story = {
  name: 'report-found',
  env,
  play: async (run) => {
    const { id, path } = await authorised(run);
    await run.reader.untilRead(loseReportsSql(id));
    try {
      await run.merchant.post(`${path}/capture`, nok(10_000));
    } finally {
      await run.reader.untilRead('drop trigger faults_lose_reports on status_update');
    }
    await untilRow(run, 'select from status_update where payment_id = $1', [id]);
  },
};

const loseReportsSql = (paymentId: string) => `
  create or replace function faults_lose_report() returns trigger language plpgsql as $$
    begin
      return null;
    end $$;
  create or replace trigger faults_lose_reports before insert on status_update
    for each row when (new.payment_id = '${paymentId}') execute function faults_lose_report()`;

export const reconciliationStories: readonly Story[] = [approvalFound, operationFound, reportFound];
