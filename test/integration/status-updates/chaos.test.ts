import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { after, beforeEach, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { aPayment, type APayment } from '../../support/a-payment.ts';
import { startTestAdapter } from '../../support/test-adapter.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import { anOperation, statesOf } from './an-operation.ts';
import { type Fate, vippsLedger, type VippsLedger } from './vipps-ledger.ts';

const databases: TestDatabase[] = [];
after(() => Promise.all(databases.map((one) => one.drop())));

let own: TestDatabase;
beforeEach(async () => {
  own = await createTestDatabase();
  databases.push(own);
});

/** Numbers that look random and are the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const faults: readonly Fate[] = [
  { status: 500 },
  { status: 503 },
  { status: 429 },
  { status: 401 },
  'CUT_BEFORE',
  'CUT_AFTER',
  { lateMs: 350 },
];

function faultyIn(share: number, random: () => number): () => Fate {
  return () => (random() < share ? (faults[Math.floor(random() * faults.length)] ?? 'OK') : 'OK');
}

async function somePayments(count: number, merchants: number): Promise<readonly APayment[]> {
  const payments: APayment[] = [];
  for (let index = 0; index < count; index += 1) {
    const msn = String(300_000 + (index % merchants));
    payments.push(await aPayment(own.database, { msn }));
  }
  return payments;
}

/** One operation after the other, of payments at random, while the senders run. */
async function operate(payments: readonly APayment[], count: number, random: () => number) {
  const expected = new Map<string, string[]>(payments.map((one) => [one.pspTransactionId, []]));
  for (let index = 1; index <= count; index += 1) {
    const payment = payments[Math.floor(random() * payments.length)];
    assert.ok(payment);
    const status = random() < 0.5 ? 'CAPTURED' : 'REFUNDED';
    await anOperation(own.database, payment, { status, amountMinor: BigInt(index) });
    expected.get(payment.pspTransactionId)?.push(`${status} ${index}`);
  }
  return expected;
}

const withinMs = 60_000;

/** Until nothing waits but what is held back behind a dead line. */
async function untilSettled(deadMin: number): Promise<void> {
  const until = performance.now() + withinMs;
  for (;;) {
    const { rows } = await own.database.hot.query<{ open: bigint; dead: bigint }>(
      `select count(*) filter (where state = 'BATCHED' or state = 'WAITING' and not exists (
           select from status_update d where d.payment_id = u.payment_id and d.state = 'DEAD')) as open,
         count(*) filter (where state = 'DEAD') as dead
       from status_update u`,
    );
    if (rows[0]?.open === 0n && rows[0].dead >= deadMin) return;
    if (performance.now() > until) assert.fail(JSON.stringify(await statesOf(own.database)));
    await pause(50);
  }
}

function assertTold(vipps: VippsLedger, expected: ReadonlyMap<string, readonly string[]>): void {
  assert.deepEqual(vipps.violations, []);
  for (const [pspTransactionId, operations] of expected) {
    const told = vipps.refused.has(pspTransactionId) ? [] : operations;
    assert.deepEqual(vipps.linesOf(pspTransactionId), told);
  }
}

describe('three copies of the adapter on one database', () => {
  it('R60 R62 R63 R65 tell a faulty Vipps of every operation once and in order', async () => {
    const random = seeded(1);
    await using vipps = await vippsLedger(faultyIn(0.25, random));
    const payments = await somePayments(60, 12);
    for (const payment of payments.slice(0, 3)) vipps.refused.add(payment.pspTransactionId);
    const on = { database: own.database, databaseUrl: own.url };
    await using one = await startTestAdapter({ on, pspApi: vipps.api });
    await using two = await startTestAdapter({ on, pspApi: vipps.client() });
    await using three = await startTestAdapter({ on, pspApi: vipps.client() });

    const expected = await operate(payments, 600, random);
    await untilSettled(3);

    assertTold(vipps, expected);
    assert.equal((await statesOf(own.database))['DEAD'], 3);
    assert.equal(new Set([one, two, three]).size, 3);
  });
});

const program = fileURLToPath(new URL('send-until-killed-command.js', import.meta.url));

function startCopy(vipps: VippsLedger): ChildProcess {
  return fork(program, [own.url, vipps.url], { stdio: 'inherit' });
}

async function kill(copy: ChildProcess): Promise<void> {
  if (copy.exitCode !== null || copy.signalCode !== null) return;
  const gone = new Promise((resolve) => copy.once('exit', resolve));
  copy.kill('SIGKILL');
  await gone;
}

const kills = 6;

describe('three processes of which one after the other is killed', () => {
  it('R65 R66 tell Vipps of every operation once and in order all the same', async () => {
    const random = seeded(2);
    await using vipps = await vippsLedger(faultyIn(0.15, random));
    const payments = await somePayments(60, 12);
    vipps.refused.add(payments[0]?.pspTransactionId ?? '');
    const copies = [startCopy(vipps), startCopy(vipps), startCopy(vipps)];
    try {
      const operating = operate(payments, 100 * kills, random);
      for (let round = 0; round < kills; round += 1) {
        const arrived = vipps.requests.length;
        // In the middle of sending: requests are on their way.
        for (let looks = 0; looks < 100 && vipps.requests.length < arrived + 3; looks += 1)
          await pause(20);
        const index = round % copies.length;
        const copy = copies[index];
        if (copy) await kill(copy);
        copies[index] = startCopy(vipps);
      }
      const expected = await operating;
      await untilSettled(1);

      assertTold(vipps, expected);
    } finally {
      await Promise.all(copies.map(kill));
    }
  });
});
