import { randomUUID } from 'node:crypto';
import { pause, startAdapter } from '../adapter.ts';
import { type Run } from '../run.ts';
import { approved, authorised, created, nok, restarted, type Story, untilRow } from './story.ts';

/** From the first call to the last report: most of what the service does. */
const life: Story = {
  name: 'life',
  play: async (run) => {
    const payment = await authorised(run);
    await run.merchant.post(`${payment.path}/capture`, nok(4_000));
    await run.merchant.post(`${payment.path}/refund`, nok(1_000));
    await run.merchant.post(`${payment.path}/cancel`, undefined);
    await doneElsewhere(run);
    await run.cancelInApp(await created(run, 10_001));
    const terminated = await created(run, 10_002);
    await run.merchant.post(`${terminated.path}/cancel`, undefined, { key: null });
  },
};

/** The PSP captured on its own, and its back office has us tell Vipps. */
async function doneElsewhere(run: Run): Promise<void> {
  const { id, pspTransactionId } = await authorised(run, 5_000);
  const row = await untilRow(run, 'select acquirer_reference from payment where id = $1', [id]);
  await run.stage.acquirer.send('/captures', {
    reference: randomUUID(),
    originalReference: row['acquirer_reference'],
    pspTransactionId,
    amount: 5_000,
    currency: 'NOK',
  });
  await run.office.post('/status-updates', {
    transactions: [{ pspTransactionId, status: 'CAPTURED', amount: 5_000 }],
  });
}

/** The acquirer approves and is not heard; it refuses the first reversal, too. */
const unknown: Story = {
  name: 'unknown',
  play: async (run) => {
    const payment = await created(run, 193);
    const { pspTransactionId } = payment;
    await run.stage.acquirer.misbehave({ operation: 'reverse', pspTransactionId, status: 500 });
    await run.approve(payment);
    await run.untilDecided(payment);
  },
};

/** It died while the acquirer was asked, and dies again while it sees to that. */
const abandonedWhileAsking: Story = {
  name: 'abandoned-while-asking',
  firstCrashAt: 'kill:acquirer.authorise:after#1',
  play: (run) => approved(run),
};

/** It died when the answer had reached Vipps, and dies again while it sees to that. */
const abandonedAfterAnswering: Story = {
  name: 'abandoned-after-answering',
  firstCrashAt: 'kill:reply:after#1',
  play: (run) => approved(run),
};

/** The acquirer does it and is not heard: the completer asks again under the same key. */
const repeated: Story = {
  name: 'repeated',
  play: async (run) => {
    const { path, pspTransactionId } = await authorised(run);
    await run.stage.acquirer.misbehave({ operation: 'capture', pspTransactionId, cutAfter: true });
    await run.merchant.post(`${path}/capture`, nok(10_000));
  },
};

/** Vipps took the init, its answer was lost, and when asked again it only says that it knows the id. */
const superseded: Story = {
  name: 'superseded',
  play: async (run) => {
    await run.vipps.misbehave({ route: 'init', loseAnswer: true });
    await run.vipps.misbehave({
      route: 'init',
      status: 400,
      shape: 'array',
      errorCode: '44',
      errorMessage: 'Transaction already initiated',
    });
    await approved(run);
  },
};

/** The database refuses to keep the first answer: the claim is given back, and the merchant asks again. */
const answerNotKept: Story = {
  name: 'answer-not-kept',
  isLong: true,
  play: async (run) => {
    await run.reader.untilRead(refuseAnswersSql);
    try {
      await run.reader.untilRead(`select setval('faults_refusals', 1, false)`);
      const { path } = await authorised(run);
      await run.reader.untilRead(`select setval('faults_refusals', 1, false)`);
      await run.merchant.post(`${path}/capture`, nok(10_000));
    } finally {
      await run.reader.untilRead('drop trigger faults_refuse_first on idempotency_record');
    }
  },
};

/** A sequence keeps its count when the transaction is rolled back. */
const refuseAnswersSql = `
  create sequence if not exists faults_refusals;
  create or replace function faults_refuse_first() returns trigger language plpgsql as $$
    begin
      if nextval('faults_refusals') = 1 then raise exception 'refused for the test'; end if;
      return new;
    end $$;
  create or replace trigger faults_refuse_first before update on idempotency_record
    for each row when (new.status is not null) execute function faults_refuse_first()`;

/** The issuer will not hold it any longer: it is voided, and Vipps is told. */
const lapsed: Story = {
  name: 'lapsed',
  play: async (run) => {
    const { id } = await authorised(run);
    await run.reader.untilRead(
      `update payment set created_at = created_at - interval '40 days',
        authorised_at = authorised_at - interval '40 days' where id = $1`,
      [id],
    );
    // The look for what has lapsed is taken at the start, and then each minute.
    await restarted(run);
    await untilRow(run, 'select from payment where id = $1 and cancelled_minor > 0', [id]);
  },
};

/** The customer never comes. */
const expired: Story = {
  name: 'expired',
  play: async (run) => {
    const payment = await created(run);
    await run.reader.untilRead('update payment set expires_at = now() where id = $1', [payment.id]);
    await run.untilDecided(payment);
  },
};

/** Answers that are older than a month are forgotten; the look for them is taken at the start. */
const forgotten: Story = {
  name: 'forgotten',
  play: async (run) => {
    const key = `old-${run.name}`;
    await run.reader.untilRead(
      `insert into idempotency_record (msn, key, operation, fingerprint, status, body, created_at)
        values ('123456', $1, 'create', '\\x00', 201, '{}', clock_timestamp() - interval '31 days')`,
      [key],
    );
    await restarted(run);
    const noneLeft = 'select where not exists (select from idempotency_record where key = $1)';
    await untilRow(run, noneLeft, [key]);
  },
};

/** Ten seconds, at a fifth. */
const answeredAfterTwoSeconds = 170;

/** It stood still while the acquirer worked, and another copy took the payment over. */
const frozen: Story = {
  name: 'frozen',
  mayMissAnswer: true,
  play: async (run) => {
    const { stage, databaseUrl, vipps, adapter } = run;
    const other = await startAdapter({
      directory: stage.directory,
      name: `${run.name}-other`,
      env: stage.environment(databaseUrl, vipps),
    });
    try {
      await other.untilReady();
      const payment = await created(run, answeredAfterTwoSeconds);
      const approving = run.approve(payment);
      await untilRow(run, 'select from authorisation_leg where payment_id = $1', [payment.id]);
      // The acquirer is at work by now.
      await pause(1_000);
      adapter.kill('SIGSTOP');
      await untilRow(run, 'select from reversal where payment_id = $1', [payment.id]);
      await approving;
      adapter.kill('SIGCONT');
      await pause(500);
    } finally {
      adapter.kill('SIGCONT');
      await other.stop();
    }
  },
};

export const customerStories: readonly Story[] = [
  life,
  unknown,
  repeated,
  superseded,
  frozen,
  answerNotKept,
  expired,
  forgotten,
  lapsed,
];

/** What these pass on their way is killed there once more. */
export const recoveryStories: readonly Story[] = [abandonedWhileAsking, abandonedAfterAnswering];
