import { type Pool } from 'pg';
import { type Currency } from '../shared/money.ts';
import { type PaymentState } from './payment-state.ts';
import { type UserFlow } from './payment.ts';

/** A payment as its merchant may see it. All amounts in minor units. */
export interface PaymentView {
  readonly id: string;
  readonly reference: string;
  readonly state: PaymentState;
  readonly version: number;
  readonly currency: Currency;
  readonly amountMinor: bigint;
  readonly authorisedMinor: bigint;
  readonly capturedMinor: bigint;
  readonly cancelledMinor: bigint;
  readonly refundedMinor: bigint;
  readonly userFlow: UserFlow;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly redirectUrl: string | null;
  readonly bin: string | null;
  /** Of the CREATED event; it stays the same for the payment's life. */
  readonly pspReference: string;
}

/** An event that merchants are told of, as it was recorded. */
export interface MerchantEvent {
  readonly name: string;
  readonly pspReference: string;
  readonly amountMinor: bigint;
  readonly currency: Currency;
  readonly idempotencyKey: string | null;
  readonly success: boolean;
  readonly at: Date;
}

/** Reads payments for their merchants. A reference that was given back belongs to no payment. */
export interface PaymentRepository {
  find(msn: string, reference: string): Promise<PaymentView | undefined>;
  /** Oldest first; undefined when there is no such payment. */
  events(msn: string, reference: string): Promise<readonly MerchantEvent[] | undefined>;
}

export function createPaymentRepository(hot: Pool): PaymentRepository {
  return {
    find: async (msn, reference) => {
      const { rows } = await hot.query<PaymentViewRow>({
        name: 'payment-of-merchant',
        text: `${paymentViewSql} where p.msn = $1 and p.reference = $2 and not p.reference_released`,
        values: [msn, reference],
      });
      return rows[0] && toPaymentView(rows[0]);
    },
    events: async (msn, reference) => {
      const { rows } = await hot.query<EventRow>({
        name: 'events-of-payment',
        text: eventsSql,
        values: [msn, reference],
      });
      return rows.length === 0 ? undefined : rows.map(toEvent);
    },
  };
}

/** The columns of a {@link PaymentViewRow}. */
export const paymentViewColumns = `p.id, p.reference, p.state, p.version, p.currency, p.amount_minor,
    p.authorised_minor, p.captured_minor, p.cancelled_minor, p.refunded_minor, p.user_flow, p.metadata,
    p.vipps_redirect_url, p.bin, e.psp_reference`;

/** Where they come from; the condition is the caller's, on `p`. */
export const paymentViewTables = `from payment p
  join merchant_event e on e.payment_id = p.id and e.sequence = 1`;

const paymentViewSql = `select ${paymentViewColumns} ${paymentViewTables}`;

const eventsSql = `
  select e.name, e.psp_reference, e.amount_minor, p.currency, e.idempotency_key, e.success, e.at
  from payment p
  join merchant_event e on e.payment_id = p.id
  where p.msn = $1 and p.reference = $2 and not p.reference_released
  order by e.sequence`;

export interface PaymentViewRow {
  readonly id: string;
  readonly reference: string;
  readonly state: PaymentState;
  readonly version: number;
  readonly currency: Currency;
  readonly amount_minor: bigint;
  readonly authorised_minor: bigint;
  readonly captured_minor: bigint;
  readonly cancelled_minor: bigint;
  readonly refunded_minor: bigint;
  readonly user_flow: UserFlow;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly vipps_redirect_url: string | null;
  readonly bin: string | null;
  readonly psp_reference: string;
}

export function toPaymentView(row: PaymentViewRow): PaymentView {
  return {
    id: row.id,
    reference: row.reference,
    state: row.state,
    version: row.version,
    currency: row.currency,
    amountMinor: row.amount_minor,
    authorisedMinor: row.authorised_minor,
    capturedMinor: row.captured_minor,
    cancelledMinor: row.cancelled_minor,
    refundedMinor: row.refunded_minor,
    userFlow: row.user_flow,
    metadata: row.metadata,
    redirectUrl: row.vipps_redirect_url,
    bin: row.bin,
    pspReference: row.psp_reference,
  };
}

interface EventRow {
  readonly name: string;
  readonly psp_reference: string;
  readonly amount_minor: bigint;
  readonly currency: Currency;
  readonly idempotency_key: string | null;
  readonly success: boolean;
  readonly at: Date;
}

function toEvent(row: EventRow): MerchantEvent {
  return {
    name: row.name,
    pspReference: row.psp_reference,
    amountMinor: row.amount_minor,
    currency: row.currency,
    idempotencyKey: row.idempotency_key,
    success: row.success,
    at: row.at,
  };
}
