import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { newPaymentId } from '../../src/payments/payment-id.ts';
import { rails } from '../../src/payments/rail.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { systemRandom } from '../../src/shared/random.ts';

/** One makePayment call, ready to be sent. */
export interface Call {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface InitiatedPayment {
  readonly pspTransactionId: string;
  readonly token: string;
}

/** Initiated payments in the database, each to be called for once. */
export interface PaymentSupply {
  /**
   * Makes payments until there are so many that nobody has called for, and has the database clear
   * up at once what this and the runs before have left, rather than while a run is measured.
   */
  ensure(count: number): Promise<void>;
  next(): InitiatedPayment;
}

const msn = '123456';
const paymentsPerStatement = 5_000;

const insertMerchantSql = `
  insert into merchant (msn, name, client_id, client_secret_hash, subscription_key_hash,
    acquirer_merchant_id, terminal_id, category_code, descriptor, country)
  values ($1, 'A shop', 'bench', sha256('1'), sha256('2'), 'M-1', 'T-1', '5411', 'A SHOP', 'NO')
  on conflict do nothing`;

// Payments that outlast every run of the bench: what is measured is not their expiry.
const insertPaymentsSql = `
  with asked as (
    select * from unnest($2::text[], $3::text[], $4::uuid[]) as a (psp_transaction_id, token, id)
  ), paid as (
    insert into payment (id, msn, reference, rail, psp_transaction_id, state, currency, amount_minor,
      user_flow, return_url, payment_text, return_token_hash, expires_at)
    select id, $1, 'ref-' || psp_transaction_id, 'psp-v2', psp_transaction_id, 'CREATED', 'NOK', 4900,
      'WEB_REDIRECT', 'https://shop.example.com/back', 'A purchase',
      sha256(convert_to('return' || token, 'UTF8')), clock_timestamp() + interval '1 day'
    from asked
  ), known as (
    insert into psp_transaction (payment_id, psp_transaction_id, merchant_order_id, request_id,
      make_payment_token_hash)
    select id, psp_transaction_id, 'order-' || psp_transaction_id, gen_random_uuid(),
      sha256(convert_to(token, 'UTF8'))
    from asked
  ), announced as (
    insert into merchant_event (payment_id, sequence, name, amount_minor)
    select id, 1, 'CREATED', 4900 from asked
  )
  insert into operation (payment_id, sequence, event, amount_minor)
  select id, 1, 'CREATED', 4900 from asked`;

export async function createPaymentSupply(database: pg.Pool): Promise<PaymentSupply> {
  await database.query(insertMerchantSql, [msn]);
  const unused: InitiatedPayment[] = [];
  return {
    ensure: async (count) => {
      while (unused.length < count) {
        const made = Array.from({ length: paymentsPerStatement }, () => ({
          pspTransactionId: randomBytes(15).toString('hex'),
          token: randomBytes(24).toString('base64url'),
        }));
        const ids = made.map(({ pspTransactionId }) => pspTransactionId);
        const tokens = made.map(({ token }) => token);
        const paymentIds = made.map(() => newPaymentId(systemClock, systemRandom));
        await database.query(insertPaymentsSql, [msn, ids, tokens, paymentIds]);
        unused.push(...made);
      }
      await database.query('vacuum analyze');
      await database.query('checkpoint');
    },
    next: () => {
      const payment = unused.pop();
      if (payment === undefined) throw new Error('There are not enough initiated payments');
      return payment;
    },
  };
}

/** Calls as Vipps makes them, for payments that the source names. */
export function callsFor(source: () => InitiatedPayment, cardData: readonly string[]): () => Call {
  let made = 0;
  return () => {
    const { pspTransactionId, token } = source();
    made += 1;
    return {
      path: rails['psp-v2'].makePaymentPath,
      headers: { Authorization: token, 'Content-Type': 'application/json;charset=UTF-8' },
      body: JSON.stringify({
        pspTransactionId,
        merchantSerialNumber: msn,
        confirmed: 'YES',
        cardData: cardData[made % cardData.length],
      }),
    };
  };
}

/** Payments that are in no database, for the floor, which looks for none. */
export function unknownPayment(): InitiatedPayment {
  return { pspTransactionId: randomBytes(15).toString('hex'), token: 'none' };
}

const finishedPerStatement = 20_000;

/** What payments leave behind when they went well, so that the tables are as large as after months. */
const insertFinishedSql = `
  with made as (
    select uuidv7() as id, 'old' || replace(gen_random_uuid()::text, '-', '') as psp_id
    from generate_series(1, $2)
  ), paid as (
    insert into payment (id, msn, reference, rail, psp_transaction_id, state, version, currency,
      amount_minor, authorised_minor, user_flow, return_url, payment_text, return_token_hash,
      vipps_redirect_url, masked_pan, bin, scheme, acquirer_reference, authorisation_code, rrn,
      response_code, expires_at, authorised_at)
    select id, $1, 'ref-' || psp_id, 'psp-v2', psp_id, 'AUTHORISED', 4, 'NOK', 4900, 4900,
      'WEB_REDIRECT', 'https://shop.example.com/back', 'A purchase', uuid_send(gen_random_uuid()),
      'https://api.vipps.example/dwo-api-application/v1/deeplink/vippsgateway?v=2', '492500******0004',
      '492500', 'VISA', psp_id || '-a1', '123456', '000000000001', '00', clock_timestamp(),
      clock_timestamp()
    from made
  ), known as (
    insert into psp_transaction (payment_id, psp_transaction_id, merchant_order_id, request_id,
      make_payment_token_hash)
    select id, psp_id, 'order-' || psp_id, gen_random_uuid(), uuid_send(gen_random_uuid()) from made
  ), legs as (
    insert into authorisation_leg (payment_id, attempt, leg, psp_transaction_id, acquirer_reference,
      owner, outcome, response_code, reply, reply_status, decided_at, delivery, delivered_at)
    select id, 1, 1, psp_id, psp_id || '-a1', gen_random_uuid(), 'APPROVED', '00',
      '{"paymentInfo":{"pspTransactionId":"' || psp_id || '","status":"OK"}}', 'OK',
      clock_timestamp(), 'TOLD', clock_timestamp()
    from made
  ), announced as (
    insert into merchant_event (payment_id, sequence, name, amount_minor)
    select id, sequence, name, 4900 from made,
      (values (1, 'CREATED'), (4, 'AUTHORIZED')) as e (sequence, name)
  )
  insert into operation (payment_id, sequence, event, amount_minor, detail)
  select id, sequence, event, 4900, jsonb_build_object('leg', 1, 'acquirerReference', psp_id || '-a1')
  from made, (values (1, 'CREATED'), (2, 'CONFIRMED'), (3, 'APPROVED'), (4, 'TOLD')) as o (sequence, event)`;

/** Fills the tables with finished payments. */
export async function storeFinished(database: pg.Pool, count: number): Promise<void> {
  await database.query(insertMerchantSql, [msn]);
  for (let stored = 0; stored < count; stored += finishedPerStatement) {
    await database.query(insertFinishedSql, [msn, Math.min(finishedPerStatement, count - stored)]);
  }
}
