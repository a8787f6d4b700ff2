import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { createStuckUpdateRepository } from '../../src/status-updates/stuck-update-repository.ts';
import { pause, startAdapter } from './adapter.ts';
import { type Run, type RunPayment } from './run.ts';
import { rowsOf } from './settle.ts';

/** A story in which effects happen; each point is passed in the first story that comes by it. */
export interface Scenario {
  readonly name: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly ownVipps?: boolean;
  /** Orders for deaths before the one at the point; the story is then about the recovery. */
  readonly firstCrashAt?: string;
  readonly restMs?: number;
  /** It cannot answer in time: it is not let run. */
  readonly mayMissAnswer?: boolean;
  play(run: Run): Promise<void>;
}

const nok = (value: number) => ({ modificationAmount: { currency: 'NOK', value } });

/** From the first call to the last report: most of what the service does. */
const life: Scenario = {
  name: 'life',
  play: async (run) => {
    await capturedRefundedAndCancelled(run);
    await doneElsewhere(run);
    const unwanted = await run.create(10_001);
    if (unwanted) await run.cancelInApp(unwanted);
    const terminated = await run.create(10_002);
    if (terminated) await run.merchant.post(`${terminated.path}/cancel`, undefined, { key: null });
  },
};

async function capturedRefundedAndCancelled(run: Run): Promise<void> {
  const payment = await run.create(10_000);
  if (!payment || !(await isAuthorised(run, payment))) return;
  await run.merchant.post(`${payment.path}/capture`, nok(4_000));
  await run.merchant.post(`${payment.path}/refund`, nok(1_000));
  await run.merchant.post(`${payment.path}/cancel`, undefined);
}

async function isAuthorised(run: Run, payment: RunPayment): Promise<boolean> {
  await run.approve(payment);
  return (await run.untilDecided(payment)) === 'AUTHORIZED';
}

/** The PSP captured on its own, and its back office has us tell Vipps. */
async function doneElsewhere(run: Run): Promise<void> {
  const payment = await run.create(5_000);
  if (!payment || !(await isAuthorised(run, payment))) return;
  const { pspTransactionId } = payment;
  const [row] = await rowsOf<{ reference: string }>(
    run.databaseUrl,
    'select acquirer_reference as reference from payment where psp_transaction_id = $1',
    [pspTransactionId],
  );
  await run.stage.acquirer.send('/captures', {
    reference: randomUUID(),
    originalReference: row?.reference,
    pspTransactionId,
    amount: 5_000,
    currency: 'NOK',
  });
  await run.merchant.report([{ pspTransactionId, status: 'CAPTURED', amount: 5_000 }]);
}

/** The acquirer approves and is not heard; it refuses the first reversal, too. */
const unknown: Scenario = {
  name: 'unknown',
  play: async (run) => {
    const payment = await run.create(193);
    if (!payment) return;
    const { pspTransactionId } = payment;
    await run.stage.acquirer.misbehave({ operation: 'reverse', pspTransactionId, status: 500 });
    await run.approve(payment);
    await run.untilDecided(payment);
  },
};

const approveOne = async (run: Run, amount = 10_000): Promise<void> => {
  const payment = await run.create(amount);
  if (!payment) return;
  await run.approve(payment);
  await run.untilDecided(payment);
};

/** It died while the acquirer was asked, and dies again while it sees to that. */
const abandonedWhileAsking: Scenario = {
  name: 'abandoned-while-asking',
  firstCrashAt: 'kill:acquirer.authorise:after#1',
  restMs: 3_200,
  play: (run) => approveOne(run),
};

/** It died with the answer on its lips, and dies again while it sees to that. */
const abandonedWhileAnswering: Scenario = {
  name: 'abandoned-while-answering',
  firstCrashAt: 'kill:reply:before#1',
  restMs: 3_200,
  play: (run) => approveOne(run),
};

/** The same, but the answer had reached Vipps. */
const abandonedAfterAnswering: Scenario = {
  name: 'abandoned-after-answering',
  firstCrashAt: 'kill:reply:after#1',
  restMs: 3_200,
  play: (run) => approveOne(run),
};

/** The acquirer does it and is not heard: the completer asks again under the same key. */
const repeated: Scenario = {
  name: 'repeated',
  play: async (run) => {
    const payment = await run.create(10_000);
    if (!payment || !(await isAuthorised(run, payment))) return;
    const { pspTransactionId } = payment;
    await run.stage.acquirer.misbehave({ operation: 'capture', pspTransactionId, cutAfter: true });
    await run.merchant.post(`${payment.path}/capture`, nok(10_000));
  },
};

/** Vipps took the init, its answer was lost, and when asked again it only says that it knows the id. */
const superseded: Scenario = {
  name: 'superseded',
  ownVipps: true,
  play: async (run) => {
    await run.vipps.misbehave({ route: 'init', loseAnswer: true });
    const [errorCode, errorMessage] = ['44', 'Transaction already initiated'];
    await run.vipps.misbehave({
      route: 'init',
      status: 400,
      shape: 'array',
      errorCode,
      errorMessage,
    });
    await approveOne(run);
  },
};

/** Vipps cannot take a report at first, and refuses the batch once. */
const reportsRefused: Scenario = {
  name: 'reports-refused',
  ownVipps: true,
  play: async (run) => {
    const payments = [await run.create(7_000), await run.create(7_001)];
    for (const payment of payments) if (payment) await isAuthorised(run, payment);
    await run.vipps.misbehave({ route: 'updatestatus', status: 500, delayMs: 1_500 });
    await run.vipps.misbehave({ route: 'updatestatus', status: 400, errorCode: '9000' });
    await Promise.all(
      payments.map(async (payment) => {
        if (payment) await run.merchant.post(`${payment.path}/capture`, nok(7_000));
      }),
    );
  },
};

/** The database refuses to keep the first answer: the claim is given back, and the merchant asks again. */
const answerNotKept: Scenario = {
  name: 'answer-not-kept',
  play: async (run) => {
    await refuseFirstAnswer(run.databaseUrl);
    const payment = await run.create(10_000);
    if (!payment || !(await isAuthorised(run, payment))) return;
    await rowsOf(run.databaseUrl, `select setval('refusals', 1, false)`);
    await run.merchant.post(`${payment.path}/capture`, nok(10_000));
  },
};

/** A sequence keeps its count when the transaction is rolled back. */
async function refuseFirstAnswer(databaseUrl: string): Promise<void> {
  await rowsOf(
    databaseUrl,
    `create sequence refusals;
    create function refuse_first() returns trigger language plpgsql as $$
      begin
        if nextval('refusals') = 1 then raise exception 'refused for the test'; end if;
        return new;
      end $$;
    create trigger refuse_first before update on idempotency_record
      for each row when (new.status is not null) execute function refuse_first()`,
  );
}

/** The issuer will not hold it any longer: it is voided, and Vipps is told. */
const lapsed: Scenario = {
  name: 'lapsed',
  firstCrashAt: 'kill:commit.instance-leave:before#1',
  play: async (run) => {
    const payment = await run.create(10_000);
    if (!payment || !(await isAuthorised(run, payment))) return;
    await rowsOf(
      run.databaseUrl,
      `update payment set authorised_at = clock_timestamp() - interval '40 days'`,
    );
    // The look for what has lapsed is taken at the start, and then each minute.
    run.adapter.kill('SIGTERM');
    await pause(200);
    await run.adapter.untilReady();
  },
};

/** The customer never comes. */
const expired: Scenario = {
  name: 'expired',
  env: { PAYMENT_EXPIRY_SECONDS: '1' },
  play: async (run) => {
    const payment = await run.create(10_000);
    if (payment) await run.untilDecided(payment);
  },
};

/** Vipps refuses the only line of a batch; a person has it sent once more. */
const reportBuried: Scenario = {
  name: 'report-buried',
  ownVipps: true,
  play: async (run) => {
    const payment = await run.create(7_000);
    if (!payment || !(await isAuthorised(run, payment))) return;
    await run.vipps.misbehave({ route: 'updatestatus', status: 400, errorCode: '9000' });
    await run.merchant.post(`${payment.path}/capture`, nok(7_000));
    for (let looks = 0; looks < 200; looks += 1) {
      const [update] = await rowsOf<DeadRow>(run.databaseUrl, deadSql);
      if (update?.state === 'ACCEPTED') return;
      if (update?.state === 'DEAD') await retry(run, update);
      await pause(100);
    }
  },
};

interface DeadRow {
  readonly payment_id: string;
  readonly sequence: number;
  readonly state: string;
}

const deadSql = 'select payment_id, sequence, state from status_update';

async function retry(
  { databaseUrl }: Run,
  { payment_id: paymentId, sequence }: DeadRow,
): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  try {
    await createStuckUpdateRepository(pool).retry({ paymentId, sequence }, 'Vipps was put right');
  } finally {
    await pool.end();
  }
}

/** It stood still while the acquirer worked, and another copy took the payment over. */
const frozen: Scenario = {
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
      const payment = await run.create(170);
      if (!payment) return;
      const approving = run.approve(payment);
      await untilOpened(databaseUrl);
      adapter.kill('SIGSTOP');
      await approving;
      await pause(5_500);
      adapter.kill('SIGCONT');
      await pause(500);
    } finally {
      await other.stop();
    }
  },
};

async function untilOpened(databaseUrl: string): Promise<void> {
  for (let looks = 0; looks < 200; looks += 1) {
    const legs = await rowsOf(databaseUrl, 'select from authorisation_leg');
    if (legs.length > 0) return;
    await pause(10);
  }
}

export const scenarios: readonly Scenario[] = [
  life,
  unknown,
  repeated,
  superseded,
  reportsRefused,
  reportBuried,
  frozen,
  answerNotKept,
  expired,
  lapsed,
  abandonedWhileAsking,
  abandonedWhileAnswering,
  abandonedAfterAnswering,
];
