import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { configFrom } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { messageOf } from '../shared/errors.ts';
import { type DemoSandbox, findOrStartSandbox } from './demo-sandbox.ts';
import { type DemoShop, openShop } from './demo-shop.ts';
import { playStepUp } from './demo-step-up.ts';
import {
  expectStatus,
  lookEveryMs,
  orderOf,
  settleMsMax,
  showInit,
  showLedger,
  untilAuthorised,
} from './demo-steps.ts';
import { call, say, show } from './wire.ts';

/** Plays one whole payment, and one over v3 with a step-up, and prints every step that crossed a wire. */
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

  say('The same shop over the PSP API v3, and a bank that wants to know who pays.');
  await playStepUp(sandbox, shop);
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

// Whoever watched has left, as `head` does when it has seen enough. A sandbox of ours ends with us.
process.stdout.on('error', () => process.exit(1));

demo().catch((error: unknown) => {
  console.error(`The demo failed: ${messageOf(error)}`);
  process.exitCode = 1;
});
