import { type Answer } from '../http.ts';
import { type Run, type RunPayment } from '../run.ts';
import { authorised, created, nok, type Story, StoryCutShort, until, untilRow } from './story.ts';

/** Vipps cannot take a report at first, and refuses the batch once. */
const reportsRefused: Story = {
  name: 'reports-refused',
  play: async (run) => {
    const payments = [await authorised(run, 7_000), await authorised(run, 7_001)];
    await run.vipps.misbehave({ route: 'updatestatus', status: 500, delayMs: 1_500 });
    await run.vipps.misbehave({ route: 'updatestatus', status: 400, errorCode: '9000' });
    await Promise.all(payments.map(({ path }) => run.merchant.post(`${path}/capture`, nok(7_000))));
    // Where a crash left a line alone in its batch, the refusal was meant for it.
    await Promise.all(payments.map(({ id }) => untilReported(run, id)));
  },
};

const reason = { reason: 'The other side was put right' };

/** A person has it sent once more where Vipps refused it. */
async function untilReported(run: Run, paymentId: string): Promise<void> {
  for (;;) {
    const row = await untilRow(
      run,
      `select sequence, state from status_update
        where payment_id = $1 and state in ('DEAD', 'ACCEPTED')`,
      [paymentId],
    );
    if (row['state'] === 'ACCEPTED') return;
    await run.office.post(
      `/stuck/status-updates/${paymentId}/${String(row['sequence'])}/retry`,
      reason,
    );
  }
}

/** Vipps refuses the only line of a batch. */
async function aDeadReport(run: Run): Promise<{ readonly payment: RunPayment; path: string }> {
  const payment = await authorised(run, 7_000);
  await run.vipps.misbehave({ route: 'updatestatus', status: 400, errorCode: '9000' });
  await run.merchant.post(`${payment.path}/capture`, nok(7_000));
  const row = await untilRow(
    run,
    `select sequence, state from status_update
      where payment_id = $1 and state in ('DEAD', 'ACCEPTED')`,
    [payment.id],
  );
  if (row['state'] === 'ACCEPTED') throw new StoryCutShort('The refusal was not taken in');
  const path = `/stuck/status-updates/${payment.id}/${String(row['sequence'])}`;
  return { payment, path };
}

/** A person has it sent once more. */
const reportRetried: Story = {
  name: 'report-retried',
  play: async (run) => {
    const { payment, path } = await aDeadReport(run);
    await run.office.post(`${path}/retry`, reason);
    await untilRow(run, `select from status_update where payment_id = $1 and state = 'ACCEPTED'`, [
      payment.id,
    ]);
  },
};

/** A person gives it up; what was waiting behind it goes on. */
const reportDismissed: Story = {
  name: 'report-dismissed',
  play: async (run) => {
    const { payment, path } = await aDeadReport(run);
    await run.merchant.post(`${payment.path}/refund`, nok(1_000));
    await run.office.post(`${path}/dismiss`, reason);
    await untilRow(run, `select from status_update where payment_id = $1 and state = 'ACCEPTED'`, [
      payment.id,
    ]);
  },
};

/** The acquirer has an off moment; a person has it asked at once when that is over. */
const operationRetried: Story = {
  name: 'operation-retried',
  play: async (run) => {
    const { id, path, pspTransactionId } = await authorised(run);
    await run.stage.acquirer.misbehave({
      operation: 'capture',
      pspTransactionId,
      status: 500,
      times: 3,
    });
    const capturing = run.merchant.post(`${path}/capture`, nok(10_000));
    const row = await untilRow(
      run,
      `select operation_id from modification where payment_id = $1 and state = 'UNDER_WAY'`,
      [id],
    );
    const operation = encodeURIComponent(String(row['operation_id']));
    await run.office.post(`/stuck/modifications/${id}/${operation}/retry`, reason);
    await capturing;
  },
};

const reversalRetried: Story = {
  name: 'reversal-retried',
  play: async (run) => {
    const payment = await created(run, 193);
    const { id, pspTransactionId } = payment;
    await run.stage.acquirer.misbehave({
      operation: 'reverse',
      pspTransactionId,
      status: 500,
      times: 3,
    });
    await run.approve(payment);
    await untilRow(run, `select from reversal where payment_id = $1 and attempts > 1`, [id]);
    await run.office.post(`/stuck/reversals/${id}/1/1/retry`, reason);
  },
};

let merchants = 0;

/** A merchant comes, changes, is closed and opened again, and gets new secrets. */
const merchantManaged: Story = {
  name: 'merchant-managed',
  play: async ({ office, name, venue }) => {
    merchants += 1;
    const msn = String(7_000_000 + merchants);
    const path = `/merchants/${msn}`;
    await office.post('/merchants', { msn, name: 'A shop' });
    await office.patch(path, { name, paymentLimit: 500 });
    await office.post(`${path}/deactivate`, {});
    expectMember(await office.get(path), 'status', 'DEACTIVATED');
    await office.post(`${path}/activate`, {});
    const rotated = await office.post(`${path}/credentials`, {});
    const merchant = await office.get(path);
    for (const [member, value] of [
      ['name', name],
      ['status', 'ACTIVE'],
      ['paymentLimit', 500],
    ] as const) {
      expectMember(merchant, member, value);
    }
    await untilLetIn(venue.publicUrl, rotated);
  },
};

function expectMember({ status, body }: Answer, member: string, value: unknown): void {
  const found = (body as Readonly<Record<string, unknown>>)[member];
  if (status !== 200 || found !== value) {
    throw new Error(`${member} is ${JSON.stringify(found)} and not ${JSON.stringify(value)}`);
  }
}

/** The secrets that were answered last are the ones that are good. */
async function untilLetIn(publicUrl: string, { body }: Answer): Promise<void> {
  const { credentials } = body as { readonly credentials: Readonly<Record<string, string>> };
  await until('the new secrets to be good', async () => {
    const response = await fetch(`${publicUrl}/accesstoken/get`, {
      method: 'POST',
      headers: {
        client_id: credentials['clientId'] ?? '',
        client_secret: credentials['clientSecret'] ?? '',
        'Ocp-Apim-Subscription-Key': credentials['subscriptionKey'] ?? '',
      },
    }).catch(() => undefined);
    return response?.status === 200 ? true : undefined;
  });
}

export const officeStories: readonly Story[] = [
  reportsRefused,
  reportRetried,
  reportDismissed,
  operationRetried,
  reversalRetried,
  merchantManaged,
];
