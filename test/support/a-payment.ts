import { randomBytes, randomUUID } from 'node:crypto';
import { type Database } from '../../src/database/database.ts';
import { newPspTransaction } from '../../src/initiate-payment/psp-transaction.ts';
import { type PaymentState } from '../../src/payments/payment-state.ts';
import { type Rail } from '../../src/payments/rail.ts';
import { systemRandom } from '../../src/shared/random.ts';
import { sha256 } from '../../src/shared/secret.ts';

/** A payment as a callback finds it, and the token that Vipps was given for it. */
export interface APayment {
  readonly id: string;
  readonly msn: string;
  readonly pspTransactionId: string;
  readonly token: string;
  readonly amountMinor: bigint;
}

export interface PaymentTraits {
  readonly state?: PaymentState;
  readonly rail?: Rail;
  readonly msn?: string;
  readonly pspTransactionId?: string;
  readonly amountMinor?: bigint;
  readonly expiresInSeconds?: number;
}

/** As the adapter makes them: one of random digits may look like a card number, which is hidden in answers. */
export function aPspTransactionId(): string {
  return newPspTransaction(systemRandom).pspTransactionId;
}

/** Puts an initiated payment into the database, with its merchant where that is missing. */
export async function aPayment(database: Database, traits: PaymentTraits = {}): Promise<APayment> {
  const {
    state = 'CREATED',
    rail = 'psp-v2',
    msn = '123456',
    pspTransactionId = aPspTransactionId(),
    amountMinor = 4_900n,
    expiresInSeconds = 660,
  } = traits;
  const payment = {
    id: randomUUID(),
    msn,
    pspTransactionId,
    token: randomBytes(24).toString('base64url'),
    amountMinor,
  };
  await aMerchant(database, msn);
  await database.hot.query(
    `insert into payment (id, msn, reference, rail, psp_transaction_id, state, currency, amount_minor,
       user_flow, return_url, payment_text, return_token_hash, expires_at)
     values ($1, $2, $3, $9, $4, $5, 'NOK', $6, 'WEB_REDIRECT', 'https://shop.example.com/back',
       'A purchase', $7, clock_timestamp() + make_interval(secs => $8))`,
    [
      payment.id,
      msn,
      `ref-${payment.pspTransactionId}`,
      payment.pspTransactionId,
      state,
      amountMinor,
      randomBytes(32),
      expiresInSeconds,
      rail,
    ],
  );
  await database.hot.query(
    `insert into psp_transaction (payment_id, psp_transaction_id, merchant_order_id, request_id, make_payment_token_hash)
     values ($1, $2, $3, $4, $5)`,
    [
      payment.id,
      payment.pspTransactionId,
      aPspTransactionId(),
      randomUUID(),
      sha256(payment.token),
    ],
  );
  await database.hot.query(
    `insert into operation (payment_id, sequence, event, amount_minor) values ($1, 1, 'CREATED', $2)`,
    [payment.id, amountMinor],
  );
  return payment;
}

export async function aMerchant(database: Database, msn: string): Promise<void> {
  await database.hot.query(
    `insert into merchant (msn, name, client_id, client_secret_hash, subscription_key_hash,
       acquirer_merchant_id, terminal_id, category_code, descriptor, country)
     values ($1, 'A shop', $2, $3, $3, 'M-1', 'T-1', '5411', 'A SHOP', 'NO') on conflict do nothing`,
    [msn, randomUUID(), randomBytes(32)],
  );
}

export async function stateOf(database: Database, payment: APayment): Promise<string> {
  const { rows } = await database.hot.query<{ state: string }>(
    'select state from payment where id = $1',
    [payment.id],
  );
  return rows[0]?.state ?? 'none';
}
