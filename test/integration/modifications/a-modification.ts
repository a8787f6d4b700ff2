import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { type Acquirer } from '../../../src/acquirer/acquirer.ts';
import { type Database } from '../../../src/database/database.ts';
import { modificationTiming } from '../../../src/modifications/ask-acquirer.ts';
import { completeUnfinished } from '../../../src/modifications/complete-unfinished.ts';
import { modificationStore } from '../../../src/modifications/modification-store.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { silentLog } from '../../../src/shared/log.ts';
import { type APayment, aPayment, type PaymentTraits } from '../../support/a-payment.ts';
import { type Harness } from '../merchant-api/a-merchant-api.ts';

export { type APayment } from '../../support/a-payment.ts';

export interface AuthorisedTraits extends PaymentTraits {
  readonly reference?: string;
  readonly scheme?: string;
  readonly authorisedDaysAgo?: number;
}

/** A payment as the callback leaves it once Vipps was told; in any other state nothing is authorised. */
export async function anAuthorisedPayment(
  database: Database,
  traits: AuthorisedTraits = {},
): Promise<APayment & { readonly reference: string }> {
  const { state = 'AUTHORISED', scheme = 'VISA', authorisedDaysAgo = 0 } = traits;
  const payment = await aPayment(database, { ...traits, state });
  const reference = traits.reference ?? `ref-${payment.pspTransactionId}`;
  const told = state === 'AUTHORISED';
  await database.hot.query(
    `update payment set reference = $2, scheme = $3, acquirer_reference = psp_transaction_id || '-a1',
       version = case when $4 then 2 else 1 end,
       authorised_minor = case when $4 then amount_minor else 0 end,
       created_at = created_at - make_interval(days => $5),
       authorised_at = case when $4 then clock_timestamp() - make_interval(days => $5) end
     where id = $1`,
    [payment.id, reference, scheme, told, authorisedDaysAgo],
  );
  await database.hot.query(
    `insert into merchant_event (payment_id, sequence, name, amount_minor) values ($1, 1, 'CREATED', $2)`,
    [payment.id, payment.amountMinor],
  );
  if (told) {
    await database.hot.query(
      `with told as (insert into operation (payment_id, sequence, event, amount_minor) values ($1, 2, 'TOLD', $2))
       insert into merchant_event (payment_id, sequence, name, amount_minor) values ($1, 2, 'AUTHORIZED', $2)`,
      [payment.id, payment.amountMinor],
    );
  }
  return { ...payment, reference };
}

export interface Amounts {
  readonly captured: bigint;
  readonly capturing: bigint;
  readonly cancelled: bigint;
  readonly cancelling: bigint;
  readonly refunded: bigint;
  readonly refunding: bigint;
}

export async function amountsOf(database: Database, { id }: { readonly id: string }) {
  const { rows } = await database.hot.query<Amounts>(
    `select captured_minor as captured, capturing_minor as capturing, cancelled_minor as cancelled,
       cancelling_minor as cancelling, refunded_minor as refunded, refunding_minor as refunding
     from payment where id = $1`,
    [id],
  );
  return rows[0];
}

/** What waits to be told to Vipps, in order: status, amount, operationStatus, text. */
export async function updatesOf(database: Database, { id }: { readonly id: string }) {
  const { rows } = await database.hot.query<{
    status: string;
    amount: bigint;
    outcome: string;
    text: string;
  }>(
    `select status, amount_minor as amount, operation_status as outcome, payment_text as text
     from status_update where payment_id = $1 order by sequence`,
    [id],
  );
  return rows.map(({ status, amount, outcome, text }) => [status, amount, outcome, text]);
}

type Merchants = Pick<Harness, 'app' | 'merchant'>;
type Headers = Readonly<Record<string, string | undefined>>;

export function amountOf(value: unknown, currency = 'NOK') {
  return { modificationAmount: { currency, value } };
}

/** Captures or refunds, with a fresh key unless one is given; a header given as undefined is left out. */
export function modify(
  { app, merchant }: Merchants,
  call: 'capture' | 'refund',
  reference: string,
  { body, headers = {} }: { readonly body: unknown; readonly headers?: Headers },
): request.Test {
  const all: Headers = { ...merchant.headers, 'Idempotency-Key': randomUUID(), ...headers };
  return request(app)
    .post(`/epayment/v1/payments/${reference}/${call}`)
    .set(Object.fromEntries(Object.entries(all).filter(([, text]) => text !== undefined)))
    .set('Content-Type', 'application/json')
    .send(typeof body === 'string' ? body : JSON.stringify(body));
}

export function capture(on: Merchants, reference: string, value: number, key?: string) {
  const headers = key === undefined ? {} : { 'Idempotency-Key': key };
  return modify(on, 'capture', reference, { body: amountOf(value), headers });
}

export function refund(on: Merchants, reference: string, value: number, key?: string) {
  const headers = key === undefined ? {} : { 'Idempotency-Key': key };
  return modify(on, 'refund', reference, { body: amountOf(value), headers });
}

export function cancel(on: Merchants, reference: string, key?: string, body?: object) {
  const calling = request(on.app)
    .post(`/epayment/v1/payments/${reference}/cancel`)
    .set({ ...on.merchant.headers, ...(key !== undefined && { 'Idempotency-Key': key }) });
  return body === undefined ? calling : calling.send(body);
}

/** The sums that merchants see, in minor units. */
export function aggregateOf(response: request.Response) {
  const { aggregate } = response.body as {
    readonly aggregate: Readonly<Record<string, { readonly value: number }>>;
  };
  return {
    authorised: aggregate['authorizedAmount']?.value,
    captured: aggregate['capturedAmount']?.value,
    cancelled: aggregate['cancelledAmount']?.value,
    refunded: aggregate['refundedAmount']?.value,
  };
}

/** Sends again what was not answered, as the job of a copy that lives does, and what is due later too. */
export async function completeNow(database: Database, acquirer: Acquirer): Promise<void> {
  const instanceId = randomUUID();
  await database.hot.query(
    `insert into instance (id, heartbeat_at) values ($1, now() + interval '1 hour')`,
    [instanceId],
  );
  await database.hot.query(
    `update modification set next_attempt_at = clock_timestamp() where state = 'UNDER_WAY'`,
  );
  await completeUnfinished({
    database,
    store: modificationStore,
    acquirer,
    instanceId,
    timing: modificationTiming,
    silentMsMax: 3_000,
    clock: systemClock,
    log: silentLog,
  });
}
