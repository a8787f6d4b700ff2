import { randomBytes } from 'node:crypto';
import { type DemoSandbox } from './demo-sandbox.ts';
import { type DemoShop } from './demo-shop.ts';
import { expectStatus, orderOf, showInit, showLedger, untilAuthorised } from './demo-steps.ts';
import { call, say, show } from './wire.ts';

/** The simulated acquirer asks for 3-D Secure at this amount, and approves with its proof. */
const stepUpAmount = 201;

/** A payment over v3: a network token, a soft decline, 3-D Secure, and the second call. */
export async function playStepUp(sandbox: DemoSandbox, shop: DemoShop): Promise<void> {
  const reference = `demo-${randomBytes(6).toString('hex')}`;
  await moveTo(sandbox, 'psp-v3');
  try {
    const created = await shop.call(
      'POST',
      '/epayment/v1/payments',
      orderOf(reference, stepUpAmount),
    );
    expectStatus(created.status, 201, 'The payment was not created.');
  } finally {
    say('The payment stays on v3; the merchant goes back at once.');
    await moveTo(sandbox, 'psp-v2');
  }
  const pspTransactionId = await showInit(sandbox, reference);
  const payment = `${sandbox.vippsSimulatorUrl}/control/payments/${pspTransactionId}`;

  say('The customer approves in the app.');
  const approved = await call('POST', `${payment}/approve`, { body: { card: 'mastercard-debit' } });
  showCall(sandbox, pspTransactionId, approved.body as Called);

  say('The app opens the page. The customer goes on to the bank, and proves who it is.');
  const ended = await call('POST', `${payment}/authenticate`, { body: { responsecode: 'OK' } });
  const { reached, pages, problem } = ended.body as Ended;
  if (reached !== '3dssuccess') throw new Error(`The step-up did not succeed: ${String(problem)}`);
  say(
    `After ${pages} pages the last redirect is the address of ${reached}, byte for byte. The app takes over.`,
  );
  showCall(sandbox, pspTransactionId, ended.body as Called);
  await untilAuthorised(sandbox, shop, `/epayment/v1/payments/${reference}`);
  await showLedger(sandbox, pspTransactionId);
}

interface Called {
  readonly callbacks?: readonly {
    readonly url: string;
    readonly httpStatus: number;
    readonly answer: unknown;
    readonly durationMs: number;
  }[];
}

interface Ended {
  readonly reached?: string;
  readonly pages: number;
  readonly problem?: string;
}

/** As the operator does it, at the back office. */
async function moveTo(sandbox: DemoSandbox, rail: string): Promise<void> {
  const { internalUrl, backOfficeToken, merchantSerialNumber } = sandbox;
  const path = `/back-office/v1/merchants/${merchantSerialNumber}`;
  const moved = await call('PATCH', `${internalUrl}${path}`, {
    headers: { Authorization: `Bearer ${backOfficeToken}` },
    body: { rail },
  });
  show({
    from: 'operator',
    to: 'adapter',
    line: `PATCH ${path}`,
    sent: { rail },
    status: moved.status,
    received: moved.body,
  });
  expectStatus(moved.status, 200, 'The merchant was not moved.');
}

function showCall(
  { merchantSerialNumber }: DemoSandbox,
  pspTransactionId: string,
  { callbacks = [] }: Called,
): void {
  const callback = callbacks.at(-1);
  if (!callback) throw new Error('The simulated Vipps made no call.');
  show({
    from: 'Vipps',
    to: 'adapter',
    line: `POST ${callback.url}, answered in ${callback.durationMs} ms`,
    sent: {
      pspTransactionId,
      merchantSerialNumber,
      paymentState: 'ACCEPTED',
      paymentInstrument: 'TOKEN',
      networkToken: {
        number: 'x'.repeat(16),
        cryptogram: 'x'.repeat(28),
        expiryMonth: '03',
        expiryYear: '2030',
        tokenType: 'MASTERCARD',
        eci: '06',
      },
      cardData: null,
    },
    status: callback.httpStatus,
    received: callback.answer,
  });
  expectStatus(callback.httpStatus, 200, 'makePayment was not answered.');
}
