import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { migrate } from '../../src/database/migrate.ts';
import { startTestServer } from '../support/test-server.ts';
import { type Child, startChild } from './child.ts';
import { type SenderFigures, type VippsFigures } from './programs.ts';

/** How quickly the outbox empties, from the start of the process that empties it. */
export interface DrainFigures {
  readonly updates: number;
  readonly merchants: number;
  readonly seconds: number;
  readonly requests: number;
  /** Of the sender: with a tenth of the updates sent, at the end, and at most. */
  readonly residentMb: { readonly early: number; readonly late: number; readonly most: number };
  /** Empty when Vipps was told of every update once. */
  readonly failures: readonly string[];
}

export interface DrainOptions {
  readonly updates: number;
  readonly merchants: number;
  /** Updates that Vipps accepted long ago. */
  readonly accepted: number;
}

interface Listener {
  readonly tell: (text: string) => void;
  readonly signal: AbortSignal;
}

const updatesPerPayment = 2;
const firstMsn = 200_000;
const secondsMax = 300;

const insertMerchantsSql = `
  insert into merchant (msn, name, client_id, client_secret_hash, subscription_key_hash,
    acquirer_merchant_id, terminal_id, category_code, descriptor, country)
  select ($1::integer + m)::text, 'A shop', 'bench-' || m, sha256('1'), sha256('2'), 'M-1', 'T-1', '5411',
    'A SHOP', 'NO'
  from generate_series(0, $2::integer - 1) m`;

/** Payments that were captured and refunded, spread over the merchants. */
const insertUpdatesSql = `
  with made as (
    select gen_random_uuid() as id, ($1::integer + n % $2::integer)::text as msn,
      replace(gen_random_uuid()::text, '-', '') as psp_id
    from generate_series(1, $3::integer / ${updatesPerPayment}) n
  ), paid as (
    insert into payment (id, msn, reference, rail, psp_transaction_id, state, version, currency,
      amount_minor, authorised_minor, captured_minor, refunded_minor, user_flow, return_url,
      payment_text, return_token_hash, expires_at, authorised_at)
    select id, msn, 'ref-' || psp_id, 'psp-v2', psp_id, 'AUTHORISED', 3, 'NOK', 4900, 4900, 4900, 4900,
      'WEB_REDIRECT', 'https://shop.example.com/back', 'A purchase', uuid_send(gen_random_uuid()),
      clock_timestamp(), clock_timestamp()
    from made
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor)
    select id, s, (array['CREATED', 'CAPTURED', 'REFUNDED'])[s], 4900 from made, generate_series(1, 3) s
  )
  insert into status_update (payment_id, sequence, msn, psp_transaction_id, status, amount_minor,
    currency, payment_text, state, batch_id, position, settled_at)
  select id, s, msn, psp_id, (array['', 'CAPTURED', 'REFUNDED'])[s], 4900, 'NOK', 'A purchase',
    case when $4::boolean then 'ACCEPTED' else 'WAITING' end,
    case when $4 then gen_random_uuid() end, case when $4 then 1 end,
    case when $4 then clock_timestamp() end
  from made, generate_series(2, 3) s`;

const updatesPerStatement = 20_000;

/**
 * Fills an outbox on a database of its own, starts one sender against a simulated Vipps, each in a
 * process of its own, and measures until nothing is left.
 */
export async function measureDrain(
  options: DrainOptions,
  listener: Listener,
): Promise<DrainFigures> {
  const directory = await mkdtemp(path.join(tmpdir(), 'vipps-psp-adapter-drain-'));
  const server = await startTestServer(undefined);
  const database = new pg.Pool({ connectionString: server.url, max: 2 });
  const stdoutFile = path.join(directory, 'sender.log');
  try {
    await migrate(server.url);
    listener.tell(`filling the outbox with ${options.updates} updates`);
    await fill(database, options);
    const msns = Array.from({ length: options.merchants }, (_, n) => String(firstMsn + n));
    await using vipps = await startChild({ program: 'vipps.js', settings: { msns }, stdoutFile });
    const settings = { databaseUrl: server.url, vippsUrl: vipps.url };
    const begunMs = performance.now();
    await using sender = await startChild({ program: 'sender.js', settings, stdoutFile });
    const resident = await untilDrained(database, sender, options, listener);
    const seconds = (performance.now() - begunMs) / 1_000;
    const { requests, ...told } = await vipps.ask<VippsFigures>('figures');
    return {
      ...options,
      seconds,
      requests,
      residentMb: residentOf(resident),
      failures: failuresOf(told, options),
    };
  } finally {
    await database.end();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function fill(database: pg.Pool, options: DrainOptions): Promise<void> {
  await database.query(insertMerchantsSql, [firstMsn, options.merchants]);
  for (const [count, accepted] of [
    [options.accepted, true],
    [options.updates, false],
  ] as const) {
    for (let made = 0; made < count; made += updatesPerStatement) {
      const lines = Math.min(updatesPerStatement, count - made);
      await database.query(insertUpdatesSql, [firstMsn, options.merchants, lines, accepted]);
    }
  }
  await database.query('vacuum analyze');
}

interface Sample {
  readonly left: number;
  readonly residentMb: number;
}

async function untilDrained(
  database: pg.Pool,
  sender: Child,
  { updates }: DrainOptions,
  { tell, signal }: Listener,
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (let left = updates; left > 0;) {
    signal.throwIfAborted();
    await pause(250);
    // The batches are few: to count the lines would cost as much as to send them.
    const { rows } = await database.query<{ accepted: string }>(
      `select coalesce(sum(lines), 0) as accepted from status_update_batch where state = 'ACCEPTED'`,
    );
    left = updates - Number(rows[0]?.accepted);
    samples.push({ left, ...(await sender.ask<SenderFigures>('figures')) });
    if (samples.length % 20 === 0) tell(`${left} updates left`);
    if (samples.length > secondsMax * 4) break;
  }
  return samples;
}

function residentOf(samples: readonly Sample[]): DrainFigures['residentMb'] {
  const total = samples[0]?.left ?? 0;
  const early = samples.find(({ left }) => left <= total * 0.9) ?? samples[0];
  return {
    early: early?.residentMb ?? 0,
    late: samples.at(-1)?.residentMb ?? 0,
    most: Math.max(...samples.map(({ residentMb }) => residentMb)),
  };
}

function failuresOf(
  told: Omit<VippsFigures, 'requests'>,
  { updates }: DrainOptions,
): readonly string[] {
  return [
    ...(told.lines === updates ? [] : [`Vipps took ${told.lines} lines of ${updates}`]),
    ...(told.differentLines === told.lines ? [] : ['Vipps was told of an update more than once']),
  ];
}

/** For a person, with what is aimed for beside it. */
export function drainAsText(figures: DrainFigures): string {
  const { updates, merchants, seconds, requests, residentMb, failures } = figures;
  const reached = failures.length === 0 && seconds < 60;
  const { early, late, most } = residentMb;
  return [
    `${updates} status updates of ${merchants} merchants drained in ${seconds.toFixed(1)} s, ${requests} requests  ` +
      `${reached ? '✓' : '✗'} 100,000 of 500 under 60 s`,
    `resident memory of the sender ${early.toFixed(0)} MB early, ${late.toFixed(0)} MB at the end, at most ${most.toFixed(0)} MB`,
    ...failures.map((failure) => `✗ ${failure}`),
  ].join('\n');
}
