import { setTimeout as pause } from 'node:timers/promises';
import { type DemoSandbox } from './demo-sandbox.ts';
import { type DemoShop } from './demo-shop.ts';
import { call, show } from './wire.ts';

export const settleMsMax = 5_000;
export const lookEveryMs = 100;

export function orderOf(reference: string, value = 49_900) {
  return {
    amount: { currency: 'NOK', value },
    paymentMethod: { type: 'WALLET' },
    customer: { phoneNumber: '4791234567' },
    reference,
    userFlow: 'WEB_REDIRECT',
    returnUrl: 'https://shop.vippsadapter.no/back',
    paymentDescription: 'Two pairs of woollen socks',
  };
}

/** The initiation as the simulated Vipps received it. */
export async function showInit(sandbox: DemoSandbox, reference: string): Promise<string> {
  const listed = await call('GET', `${sandbox.vippsSimulatorUrl}/control/payments?limit=1`);
  const [payment = {}] = (listed.body as { payments: readonly Record<string, unknown>[] }).payments;
  const pick = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, payment[name]]));
  show({
    from: 'adapter',
    to: 'Vipps',
    line: `POST /psp/${String(payment['version'])}/psppayments/init, Request-Id ${String(payment['requestId'])} (${reference} for the shop); besides this a makePaymentToken`,
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

/** The answer to Vipps does not wait for the last write: the shop may look a moment too early. */
export async function untilAuthorised(
  sandbox: DemoSandbox,
  shop: DemoShop,
  path: string,
): Promise<void> {
  for (let waitedMs = 0; waitedMs < settleMsMax; waitedMs += lookEveryMs) {
    const seen = await shop.call('GET', path);
    if ((seen.body as { state?: string }).state === 'AUTHORIZED') return;
    await pause(lookEveryMs);
  }
  throw new Error(`The payment was not authorised at ${sandbox.publicUrl}.`);
}

export async function showLedger(sandbox: DemoSandbox, pspTransactionId: string): Promise<void> {
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

export function expectStatus(status: number, expected: number, complaint: string): void {
  if (status !== expected) throw new Error(`${complaint} HTTP ${status} instead of ${expected}.`);
}
