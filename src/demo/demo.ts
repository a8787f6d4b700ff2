import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { configFrom } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { messageOf } from '../shared/errors.ts';
import { type DemoSandbox, findOrStartSandbox } from './demo-sandbox.ts';
import { type DemoShop, openShop } from './demo-shop.ts';
import { call, say, show } from './wire.ts';

const settleMsMax = 5_000;
const lookEveryMs = 100;

/** Plays one whole payment and prints every step that crossed a wire. */
async function demo(): Promise<void> {
  const { dataDirectory } = configFrom(readEnv());
  const { sandbox, stop } = await findOrStartSandbox(dataDirectory);
  try {
    await play(sandbox);
  } finally {
    await stop();
  }
}

async function play(sandbox: DemoSandbox): Promise<void> {
  const shop = await openShop(sandbox);
  const reference = `demo-${randomBytes(6).toString('hex')}`;
  const path = `/epayment/v1/payments/${reference}`;

  const created = await shop.call('POST', '/epayment/v1/payments', orderOf(reference));
  expectStatus(created.status, 201, 'The payment was not created.');
  const pspTransactionId = await showInit(sandbox, reference);

  say('The customer opens the link and approves in the app.');
  await showApproval(sandbox, pspTransactionId);
  await untilAuthorised(sandbox, shop, path);

  const money = (value: number) => ({ modificationAmount: { currency: 'NOK', value } });
  await modify(shop, `${path}/capture`, money(30_000));
  await modify(shop, `${path}/refund`, money(5_000));
  await modify(shop, `${path}/cancel`);
  await showReports(sandbox, pspTransactionId);

  await shop.call('GET', path);
  await shop.call('GET', `${path}/events`);
  await showLedger(sandbox, pspTransactionId);
}

function orderOf(reference: string) {
  return {
    amount: { currency: 'NOK', value: 49_900 },
    paymentMethod: { type: 'WALLET' },
    customer: { phoneNumber: '4791234567' },
    reference,
    userFlow: 'WEB_REDIRECT',
    returnUrl: 'https://shop.vippsadapter.no/back',
    paymentDescription: 'Two pairs of woollen socks',
  };
}

/** The initiation as the simulated Vipps received it. */
async function showInit(sandbox: DemoSandbox, reference: string): Promise<string> {
  const listed = await call('GET', `${sandbox.vippsSimulatorUrl}/control/payments?limit=1`);
  const [payment = {}] = (listed.body as { payments: readonly Record<string, unknown>[] }).payments;
  const pick = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, payment[name]]));
  show({
    from: 'adapter',
    to: 'Vipps',
    line: `POST /psp/v2/psppayments/init, Request-Id ${String(payment['requestId'])} (${reference} for the shop); besides this a makePaymentToken`,
    sent: pick([
      'pspTransactionId',
      'merchantOrderId',
      'amount',
      'currency',
      'paymentText',
      'customerMobileNumber',
      'pspRedirectUrl',
      'makePaymentUrl',
    ]),
    status: 200,
    received: pick(['pspTransactionId', 'merchantOrderId', 'vippsRedirectUrl']),
  });
  return String(payment['pspTransactionId']);
}

interface Callback {
  readonly url: string;
  readonly confirmed: string;
  readonly httpStatus: number;
  readonly answer: unknown;
  readonly durationMs: number;
}

async function showApproval(sandbox: DemoSandbox, pspTransactionId: string): Promise<void> {
  const url = `${sandbox.vippsSimulatorUrl}/control/payments/${pspTransactionId}/approve`;
  const approved = await call('POST', url, { body: { card: 'visa-debit' } });
  const { callbacks = [] } = approved.body as { callbacks?: readonly Callback[] };
  const callback = callbacks.at(-1);
  if (!callback) throw new Error('The simulated Vipps made no call.');
  await showLedger(sandbox, pspTransactionId);
  show({
    from: 'Vipps',
    to: 'adapter',
    line: `POST ${callback.url}, answered in ${callback.durationMs} ms (the acquirer's part is the step above)`,
    sent: {
      pspTransactionId,
      merchantSerialNumber: sandbox.merchantSerialNumber,
      confirmed: callback.confirmed,
      cardData: 'x'.repeat(344),
    },
    status: callback.httpStatus,
    received: callback.answer,
  });
  expectStatus(callback.httpStatus, 200, 'makePayment was not answered.');
}

/** The answer to Vipps does not wait for the last write: the shop may look a moment too early. */
async function untilAuthorised(sandbox: DemoSandbox, shop: DemoShop, path: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < settleMsMax; waitedMs += lookEveryMs) {
    const seen = await shop.call('GET', path);
    if ((seen.body as { state?: string }).state === 'AUTHORIZED') return;
    await pause(lookEveryMs);
  }
  throw new Error(`The payment was not authorised at ${sandbox.publicUrl}.`);
}

async function modify(shop: DemoShop, path: string, body?: unknown): Promise<void> {
  const answer = await shop.call('POST', path, body);
  expectStatus(answer.status, 200, `${path} was refused.`);
}

interface ReportRequest {
  readonly requestId: string;
  readonly transactions: readonly { readonly pspTransactionId: string }[];
}

/** The outbox reports in the background; its requests are shown once all three operations are in them. */
async function showReports(sandbox: DemoSandbox, pspTransactionId: string): Promise<void> {
  const url = `${sandbox.vippsSimulatorUrl}/control/status-updates`;
  // Oldest first, and the sandbox may have taken any number of payments before this one.
  const { received } = (await call('GET', `${url}?limit=1`)).body as { received: number };
  const newest = `${url}?limit=100&offset=${Math.max(0, received - 50)}`;
  const ofThisPayment = async (): Promise<readonly ReportRequest[]> => {
    const { body } = await call('GET', newest);
    return (body as { requests: readonly ReportRequest[] }).requests.filter(({ transactions }) =>
      transactions.some((line) => line.pspTransactionId === pspTransactionId),
    );
  };
  let requests = await ofThisPayment();
  const lines = (): number => requests.flatMap(({ transactions }) => transactions).length;
  for (let waitedMs = 0; lines() < 3 && waitedMs < settleMsMax; waitedMs += lookEveryMs) {
    await pause(lookEveryMs);
    requests = await ofThisPayment();
  }
  for (const { requestId, transactions } of requests) {
    show({
      from: 'adapter',
      to: 'Vipps',
      line: `POST /psp/v2/psppayments/updatestatus, Request-Id ${requestId}`,
      sent: { transactions },
      status: 200,
    });
  }
}

async function showLedger(sandbox: DemoSandbox, pspTransactionId: string): Promise<void> {
  const ledger = await call('GET', `${sandbox.acquirerSimulatorUrl}/ledger`);
  const entries = ledger.body as readonly { readonly pspTransactionId: string }[];
  show({
    from: 'adapter',
    to: 'acquirer',
    line: 'what the acquirer has booked of this payment (GET /ledger)',
    status: ledger.status,
    received: entries.filter((entry) => entry.pspTransactionId === pspTransactionId),
  });
}

function expectStatus(status: number, expected: number, complaint: string): void {
  if (status !== expected) throw new Error(`${complaint} HTTP ${status} instead of ${expected}.`);
}

demo().catch((error: unknown) => {
  console.error(`The demo failed: ${messageOf(error)}`);
  process.exitCode = 1;
});
