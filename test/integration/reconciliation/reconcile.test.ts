import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  createHttpAcquirer,
  type HttpAcquirer,
} from '../../../src/acquirer/http-acquirer/http-acquirer.ts';
import { createHttpLedger } from '../../../src/acquirer/http-acquirer/http-ledger.ts';
import { type Database } from '../../../src/database/database.ts';
import { type Rail } from '../../../src/payments/rail.ts';
import { reconcile, type ReconciliationReport } from '../../../src/reconciliation/reconcile.ts';
import { createReconciliationRepository } from '../../../src/reconciliation/reconciliation-repository.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { silentLog } from '../../../src/shared/log.ts';
import { startAcquirerSimulator } from '../../../src/simulator/acquirer/start-acquirer-simulator.ts';
import { type APayment } from '../../support/a-payment.ts';
import { eventually } from '../../support/eventually.ts';
import { scriptedAcquirer } from '../../support/scripted-acquirer.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import { anAuthorisedPayment } from '../modifications/a-modification.ts';

const each = 100;
const amount = 10_000;

interface World {
  readonly database: Database;
  readonly acquirerUrl: string;
}

/** One way in which the books can come to differ, and what reconciliation must make of it. */
interface Injury {
  readonly name: string;
  readonly kind: string;
  readonly healed: boolean;
  readonly inflict: (world: World) => Promise<APayment>;
}

async function book(world: World, path: string, payment: APayment, suffix: string) {
  const reference = `${payment.pspTransactionId}-${suffix}`;
  const answer = await fetch(`${world.acquirerUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': reference },
    body: JSON.stringify({
      reference,
      pspTransactionId: payment.pspTransactionId,
      amount,
      currency: 'NOK',
      ...(path === '/authorisations'
        ? { merchantSerialNumber: payment.msn, card: { pan: '4925000000000004', expiry: '3012' } }
        : { originalReference: `${payment.pspTransactionId}-a1` }),
    }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

async function approvedFor(
  world: World,
  state: 'AUTHORISED' | 'FAILED' | 'EXPIRED' | 'ABORTED' | 'TERMINATED' | 'REVERSING',
  rail: Rail = 'psp-v2',
) {
  const amountMinor = BigInt(amount);
  const payment = await anAuthorisedPayment(world.database, { state, amountMinor, rail });
  await book(world, '/authorisations', payment, 'a1');
  return payment;
}

async function withLeg(world: World, payment: APayment, outcome: string) {
  await world.database.hot.query(
    `insert into authorisation_leg (payment_id, attempt, leg, psp_transaction_id, acquirer_reference, owner,
       outcome, reply, reply_status, decided_at)
     values ($1, 1, 1, $2, $2 || '-a1', $3, $4, '{}', 'FAIL', clock_timestamp())`,
    [payment.id, payment.pspTransactionId, randomUUID(), outcome],
  );
}

async function underWay(
  world: World,
  payment: APayment,
  kind: 'CAPTURE' | 'CANCEL' | 'REFUND',
  operationId: string,
) {
  const column = { CAPTURE: 'capturing', CANCEL: 'cancelling', REFUND: 'refunding' }[kind];
  await world.database.hot.query(
    `with moved as (update payment set ${column}_minor = $2, version = version + 1 where id = $1 returning id)
     insert into modification (payment_id, operation_id, kind, amount_minor, carried_out_by, state,
       acquirer_reference, next_attempt_at)
     select id, $3, $4, $2, 'ADAPTER', 'UNDER_WAY', $5, clock_timestamp() + interval '1 day' from moved`,
    [payment.id, amount, operationId, kind, `${payment.pspTransactionId}-${operationId}`],
  );
}

async function captured(world: World, payment: APayment, options: { readonly reported: boolean }) {
  await book(world, '/captures', payment, 'c1');
  await world.database.hot.query(
    `with moved as (
       update payment set captured_minor = $2, version = version + 1 where id = $1 returning id, version
     ), logged as (
       insert into operation (payment_id, sequence, event, amount_minor) select id, version, 'CAPTURED', $2 from moved
     )
     insert into modification (payment_id, operation_id, kind, amount_minor, carried_out_by, state, acquirer_reference)
     select id, 'c1', 'CAPTURE', $2, 'ADAPTER', 'DONE', $3 from moved`,
    [payment.id, amount, `${payment.pspTransactionId}-c1`],
  );
  if (options.reported) {
    await world.database.hot.query(
      `insert into status_update (payment_id, sequence, msn, psp_transaction_id, status, amount_minor, currency, state, settled_at)
       select id, version, msn, psp_transaction_id, 'CAPTURED', $2, 'NOK', 'DISMISSED', clock_timestamp() from payment where id = $1`,
      [payment.id, amount],
    );
  }
}

const approvals = (['FAILED', 'EXPIRED', 'ABORTED', 'TERMINATED'] as const).map(
  (state): Injury => ({
    name: `money is held for a payment that is ${state}`,
    kind: 'APPROVAL_NEVER_TOLD',
    healed: true,
    inflict: (world) => approvedFor(world, state),
  }),
);

const injuries: readonly Injury[] = [
  ...approvals,
  {
    name: 'declined here, approved there',
    kind: 'APPROVAL_NEVER_TOLD',
    healed: true,
    inflict: async (world) => {
      const payment = await approvedFor(world, 'FAILED');
      await withLeg(world, payment, 'DECLINED');
      return payment;
    },
  },
  {
    name: 'a reversal was acknowledged and not carried out',
    kind: 'REVERSAL_NOT_CARRIED_OUT',
    healed: true,
    inflict: async (world) => {
      const payment = await approvedFor(world, 'FAILED');
      await withLeg(world, payment, 'NO_ANSWER');
      await world.database.hot.query(
        `insert into reversal (payment_id, attempt, leg, psp_transaction_id, original_reference, state, reason, authorisation_sent_at)
         values ($1, 1, 1, $2, $2 || '-a1', 'ACKNOWLEDGED', 'NO_ANSWER', clock_timestamp())`,
        [payment.id, payment.pspTransactionId],
      );
      return payment;
    },
  },
  {
    name: 'a payment is being reversed and its reversal is lost',
    kind: 'REVERSAL_MISSING',
    healed: true,
    inflict: async (world) => {
      const payment = await anAuthorisedPayment(world.database, {
        state: 'REVERSING',
        amountMinor: BigInt(amount),
      });
      await withLeg(world, payment, 'NO_ANSWER');
      return payment;
    },
  },
  {
    name: 'a capture without an answer, booked there',
    kind: 'OUTCOME_UNKNOWN',
    healed: true,
    inflict: async (world) => {
      const payment = await approvedFor(world, 'AUTHORISED');
      await underWay(world, payment, 'CAPTURE', 'c1');
      await book(world, '/captures', payment, 'c1');
      return payment;
    },
  },
  {
    name: 'a refund without an answer, unknown there',
    kind: 'OUTCOME_UNKNOWN',
    healed: true,
    inflict: async (world) => {
      const payment = await approvedFor(world, 'AUTHORISED');
      await captured(world, payment, { reported: true });
      await underWay(world, payment, 'REFUND', 'r1');
      return payment;
    },
  },
  {
    name: 'a cancel without an answer, voided there',
    kind: 'OUTCOME_UNKNOWN',
    healed: true,
    inflict: async (world) => {
      const payment = await approvedFor(world, 'AUTHORISED');
      await underWay(world, payment, 'CANCEL', 'v1');
      await book(world, '/voids', payment, 'v1');
      return payment;
    },
  },
  {
    name: 'a capture that Vipps was never told of',
    kind: 'REPORT_MISSING',
    healed: true,
    inflict: async (world) => {
      const payment = await approvedFor(world, 'AUTHORISED');
      await captured(world, payment, { reported: false });
      return payment;
    },
  },
  {
    name: 'a capture there that nobody here ordered',
    kind: 'DONE_THERE_NOT_HERE',
    healed: false,
    inflict: async (world) => {
      const payment = await approvedFor(world, 'AUTHORISED');
      await book(world, '/captures', payment, 'x1');
      return payment;
    },
  },
];

describe('reconciliation', () => {
  let adapter: TestAdapter;
  let simulator: Awaited<ReturnType<typeof startAcquirerSimulator>>;
  let acquirer: HttpAcquirer;
  before(async () => {
    simulator = await startAcquirerSimulator({ port: 0 });
    acquirer = createHttpAcquirer({ baseUrl: simulator.url, clock: systemClock });
    adapter = await startTestAdapter({
      acquirer: Object.assign(scriptedAcquirer(), acquirer),
    });
  });
  after(async () => {
    await adapter[Symbol.asyncDispose]();
    await acquirer.close();
    await simulator.close();
  });

  const run = (): Promise<ReconciliationReport> =>
    reconcile({
      repository: createReconciliationRepository(adapter.database.hot),
      ledger: createHttpLedger(simulator.url),
      quietMs: 0,
      log: silentLog,
    });

  it(`finds 12 kinds of injury, ${each} each, heals 11 of them, and makes none worse`, async () => {
    const world = { database: adapter.database, acquirerUrl: simulator.url };
    const healthy: APayment[] = [];
    const injured = new Map<string, { injury: Injury; payment: APayment }>();
    for (let index = 0; index < each; index += 1) {
      healthy.push(await approvedFor(world, 'AUTHORISED'));
      await Promise.all(
        injuries.map(async (injury) => {
          const payment = await injury.inflict(world);
          injured.set(payment.pspTransactionId, { injury, payment });
        }),
      );
    }

    const first = await run();

    const found = new Map(first.differences.map((one) => [one.pspTransactionId, one]));
    for (const [id, { injury }] of injured) {
      assert.equal(found.get(id)?.kind, injury.kind, injury.name);
      assert.equal(found.get(id)?.healing, injury.healed, injury.name);
    }
    assert.equal(
      first.differences.length,
      injuries.length * each,
      'nothing but the injured is found',
    );

    await eventually(0n, async () => {
      const { rows } = await world.database.hot.query<{ open: bigint }>(
        `select (select count(*) from reversal where state = 'DUE')
           + (select count(*) from modification where state = 'UNDER_WAY') as open`,
      );
      return rows[0]?.open;
    });
    const left = await run();
    assert.deepEqual(
      [...new Set(left.differences.map(({ kind }) => kind))],
      ['DONE_THERE_NOT_HERE'],
    );
    await nothingIsWorse(world, [...injured.values()], healthy);
  });

  it('enqueues a missing report for the rail that the payment was begun on', async () => {
    const world = { database: adapter.database, acquirerUrl: simulator.url };
    const payment = await approvedFor(world, 'AUTHORISED', 'psp-v3');
    await captured(world, payment, { reported: false });

    await run();

    const { rows } = await adapter.database.hot.query<{ rail: string }>(
      'select rail from status_update where payment_id = $1',
      [payment.id],
    );
    assert.deepEqual(rows, [{ rail: 'psp-v3' }]);
  });

  it('leaves alone what has just been touched', async () => {
    const payment = await approvedFor(
      { database: adapter.database, acquirerUrl: simulator.url },
      'FAILED',
    );

    const report = await reconcile({
      repository: createReconciliationRepository(adapter.database.hot),
      ledger: createHttpLedger(simulator.url),
      quietMs: 300_000,
      log: silentLog,
    });

    assert.ok(!report.differences.some((one) => one.pspTransactionId === payment.pspTransactionId));
  });

  async function nothingIsWorse(
    world: World,
    injured: readonly { injury: Injury; payment: APayment }[],
    healthy: readonly APayment[],
  ): Promise<void> {
    const ledger = await createHttpLedger(world.acquirerUrl).entries(AbortSignal.timeout(10_000));
    const effects = (payment: APayment, type: string): number =>
      ledger.filter(
        (entry) =>
          entry.pspTransactionId === payment.pspTransactionId &&
          entry.type === type &&
          entry.approved,
      ).length;
    for (const payment of healthy) {
      assert.deepEqual([effects(payment, 'AUTHORISATION'), effects(payment, 'REVERSAL')], [1, 0]);
    }
    for (const { injury, payment } of injured) {
      const reversals =
        injury.kind.startsWith('APPROVAL') || injury.kind === 'REVERSAL_NOT_CARRIED_OUT' ? 1 : 0;
      assert.equal(effects(payment, 'REVERSAL'), reversals, injury.name);
      assert.ok(effects(payment, 'CAPTURE') <= 1, injury.name);
      assert.ok(effects(payment, 'REFUND') <= 1, injury.name);
      assert.ok(effects(payment, 'VOID') <= 1, injury.name);
    }
  }
});
