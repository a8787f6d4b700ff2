import { type Socket } from 'node:net';
import { sendHostile } from '../acceptance/hostile-callers.ts';
import { type Hostility, hostileRequests, routesIn } from '../acceptance/hostile-requests.ts';
import { residentMbOf } from '../acceptance/memory.ts';
import { openSocket } from '../acceptance/raw-http.ts';
import { pause } from './adapter.ts';
import { cardDataTimes } from './card-data-times.ts';
import { type Figures, noFigures, spread } from './figures.ts';
import { call, demand } from './http.ts';
import { type Options } from './options.ts';
import { type Outcome } from './outcome.ts';
import { openVenue, orderOf, type Run, type RunPayment, startRun } from './run.ts';
import { type Stage } from './stage.ts';
import { startTally } from './tally.ts';

const slowClients = 1_000;
const requestsOfSeed = 400;
const seedsByDefault = 3;
const residentMbMax = 400;
const makePayment = '/vipps/psp/v2/makePayment';

/**
 * Requests that no client would send, callers that begin and do not go on, and card data that is
 * wrong in every way: no 500, no crash, no more memory than a bound, and one time for all of it.
 */
export async function runHostile(stage: Stage, options: Options): Promise<Outcome> {
  const tally = startTally();
  await tally.run('times of bad card data', '--only hostile', () =>
    cardDataTimes(stage.keysDirectory),
  );
  await using venue = await openVenue(stage, { name: 'hostile' });
  const run = startRun(venue, 'hostile');
  await tally.run('slow clients', '--only hostile', () => holdSlowClients(run));
  const seeds = options.seeds ?? seedsByDefault;
  for (let seed = options.seed; seed < options.seed + seeds; seed += 1) {
    await tally.run(`seed ${seed}`, `--only hostile --seeds 1 --seed ${seed}`, () =>
      bombard(run, seed),
    );
  }
  await tally.run('memory', '--only hostile', async () => {
    const memory = await residentMbOf(run.adapter.pid() ?? 0);
    if (memory) console.log(`  resident at the most: ${Math.round(memory.peak)} MB`);
    const violations = memory && memory.peak > residentMbMax ? [`${memory.peak} MB`] : [];
    return { ...noFigures(), violations };
  });
  return tally.outcome();
}

/** Payments go on meanwhile; in the end the adapter has closed every connection by itself. */
async function holdSlowClients(run: Run): Promise<Figures> {
  const figures = noFigures();
  const { publicUrl } = run.adapter;
  const memory = () => residentMbOf(run.adapter.pid() ?? 0);
  const before = await memory();
  const startedMs = performance.now();
  const sockets = await Promise.all(
    Array.from({ length: slowClients }, (_, number) => openSlowly(publicUrl, number)),
  );
  let open = sockets.length;
  for (const socket of sockets) {
    if (socket.destroyed) open -= 1;
    else socket.once('close', () => (open -= 1)).resume();
    socket.once('end', () => socket.end());
  }
  const drip = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('x');
  }, 1_000);
  const answersMs: number[] = [];
  for (let payments = 0; payments < 20; payments += 1) {
    const beganMs = performance.now();
    const payment = await run.create(10_000);
    if (payment) await run.approve(payment);
    else figures.violations.push('a payment could not be made meanwhile');
    answersMs.push(performance.now() - beganMs);
  }
  const meanwhile = await memory();
  while (open > 0 && performance.now() - startedMs < 60_000) await pause(100);
  clearInterval(drip);
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  console.log(`  ${slowClients} slow clients, all closed after ${seconds} s`);
  console.log(`  a payment meanwhile, made and approved, ms: ${spread(answersMs)}`);
  tellMemory(before, meanwhile);
  if (open > 0) figures.violations.push(`${open} connections were never closed`);
  for (const socket of sockets) socket.destroy();
  return figures;
}

type Memory = Awaited<ReturnType<typeof residentMbOf>>;

function tellMemory(before: Memory, meanwhile: Memory): void {
  if (!before || !meanwhile) return;
  const more = Math.round(meanwhile.now - before.now);
  console.log(`  ${Math.round(before.now)} MB resident, ${more} MB more with them`);
}

/** Some do not finish a line, some not the headers, some not the body. */
async function openSlowly(url: string, number: number): Promise<Socket> {
  const socket = await openSocket(url);
  const head = `POST ${makePayment} HTTP/1.1\r\nHost: a\r\n`;
  const beginnings = [
    'POST /vi',
    `${head}X: `,
    `${head}Content-Length: 60000\r\n\r\n${'{'.repeat(30_000)}`,
    `${head}Transfer-Encoding: chunked\r\n\r\n8000\r\n`,
  ];
  socket.write(beginnings[number % beginnings.length] ?? '');
  return socket;
}

async function bombard(run: Run, seed: number): Promise<Figures> {
  const figures = noFigures();
  const { publicUrl, internalUrl } = run.adapter;
  const payments = await Promise.all([1, 2, 3].map(() => run.create(10_000)));
  const common = goodThings(payments.filter((payment) => payment !== undefined));
  const credentials = await credentialsOf(run);
  for (const url of [publicUrl, internalUrl]) {
    const routes = routesIn(await demand('GET', `${url}/openapi.json`));
    const hostility: Hostility = { ...common, routes, credentials };
    const requests = hostileRequests(hostility, { seed, count: requestsOfSeed });
    const outcome = await sendHostile(url, requests);
    const kinds = [...outcome.statuses].sort(([left], [right]) => left - right);
    console.log(
      `  seed ${seed}: ${requests.length} requests, answers ${kinds.map(([status, times]) => `${status}: ${times}`).join(', ')}`,
    );
    figures.violations.push(...outcome.violations);
  }
  const ready = await call('GET', `${internalUrl}/ready`);
  if (ready.status !== 200) figures.violations.push(`afterwards it is not ready: ${ready.status}`);
  if (run.adapter.lives.length > 1) figures.violations.push('it crashed, and began again');
  return figures;
}

function goodThings(payments: readonly RunPayment[]) {
  const [first] = payments;
  const pspTransactionId = first?.pspTransactionId ?? '';
  const line = { pspTransactionId, status: 'CAPTURED', amount: 1, currency: 'NOK' };
  return {
    goodValues: payments.flatMap((payment) => [payment.reference, payment.pspTransactionId]),
    goodBodies: [
      orderOf('hostile-order', 10_000),
      { modificationAmount: { value: 100, currency: 'NOK' } },
      { pspTransactionId, merchantSerialNumber: '123456', confirmed: 'YES', cardData: 'x' },
      {
        pspTransactionId,
        merchantSerialNumber: '123456',
        paymentState: 'ACCEPTED',
        networkToken: {},
      },
      { transactions: [line] },
      { msn: '7654321', name: 'A shop', descriptor: 'SHOP', country: 'NO' },
      { reason: 'It was sent by hand' },
    ],
  };
}

async function credentialsOf({ stage, adapter }: Run): Promise<Hostility['credentials']> {
  const { access } = stage;
  const token = await call('POST', `${adapter.publicUrl}/accesstoken/get`, {
    headers: {
      client_id: access.clientId,
      client_secret: access.clientSecret,
      'Ocp-Apim-Subscription-Key': access.subscriptionKey,
    },
  });
  const merchant = {
    Authorization: `Bearer ${String((token.body as { access_token?: string }).access_token)}`,
    'Ocp-Apim-Subscription-Key': access.subscriptionKey,
    'Merchant-Serial-Number': access.merchantSerialNumber,
  };
  return [
    merchant,
    { ...merchant, 'Idempotency-Key': 'one-key' },
    { Authorization: `Bearer ${access.backOfficeToken}` },
    {},
  ];
}
