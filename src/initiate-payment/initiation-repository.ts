import { type Transaction } from '../database/database.ts';
import { type PaymentState } from '../payments/payment-state.ts';
import { type Rail } from '../payments/rail.ts';
import { paymentTextOf } from './compose-init.ts';
import { type PaymentOrder } from './payment-order.ts';
import { type PspTransaction } from './psp-transaction.ts';

export interface NewPayment {
  readonly id: string;
  readonly msn: string;
  readonly rail: Rail;
  readonly order: PaymentOrder;
  readonly transaction: PspTransaction;
  readonly makePaymentTokenHash: Buffer;
  readonly returnTokenHash: Buffer;
  readonly expirySeconds: number;
  readonly idempotencyKey: string;
}

/** A payment whose initiation is under way, its row locked. */
export interface PendingPayment {
  readonly state: PaymentState;
  readonly version: number;
  readonly rail: Rail;
  readonly transaction: PspTransaction;
}

export interface Supersession {
  readonly paymentId: string;
  readonly from: PspTransaction;
  readonly to: PspTransaction;
  readonly makePaymentTokenHash: Buffer;
}

export interface RecordedInitiation {
  readonly paymentId: string;
  readonly vippsRedirectUrl: string;
  /** An earlier request may have reached Vipps already. */
  readonly resumed: boolean;
}

export interface RecordedRefusal {
  readonly paymentId: string;
  readonly toState: PaymentState;
  readonly vippsCode: string;
  /** Gives the reference back to the merchant, and the payment is not seen any more. */
  readonly releaseReference: boolean;
}

/** Statements of the initiation; each locks the payment's row before anything else of the payment. */
export interface InitiationRepository {
  /** False when the merchant has a payment with the reference. */
  add(trx: Transaction, payment: NewPayment): Promise<boolean>;
  lock(trx: Transaction, paymentId: string): Promise<PendingPayment>;
  /**
   * Puts a new transaction in the place of the payment's current one, which stays known as
   * superseded. False when the payment is no longer CREATED: a leg was opened first, or it ended.
   */
  supersede(trx: Transaction, supersession: Supersession): Promise<boolean>;
  initiated(trx: Transaction, initiated: RecordedInitiation): Promise<void>;
  /** Keeps in the operation log that Vipps gave no answer that settles anything. */
  unanswered(trx: Transaction, paymentId: string, failure: string): Promise<void>;
  /** Writes the refusal of a payment that is CREATED and locked. */
  refused(trx: Transaction, refusal: RecordedRefusal): Promise<void>;
}

export const initiationRepository: InitiationRepository = {
  add: async (trx, payment) => {
    const { rows } = await trx.raw<Result<object>>(addSql, addBindings(payment));
    return rows.length === 1;
  },
  lock: async (trx, paymentId) => {
    const { rows } = await trx.raw<Result<PendingRow>>(lockSql, { paymentId });
    const [row] = rows;
    if (!row) throw new Error('A payment that an idempotency key began is not there');
    return {
      state: row.state,
      version: row.version,
      rail: row.rail,
      transaction: {
        pspTransactionId: row.psp_transaction_id,
        merchantOrderId: row.merchant_order_id,
        requestId: row.request_id,
      },
    };
  },
  supersede: async (trx, { paymentId, from, to, makePaymentTokenHash }) => {
    const { rows } = await trx.raw<Result<object>>(supersedeSql, {
      paymentId,
      fromId: from.pspTransactionId,
      toId: to.pspTransactionId,
      orderId: to.merchantOrderId,
      requestId: to.requestId,
      makePaymentTokenHash,
    });
    return rows.length === 1;
  },
  initiated: async (trx, { paymentId, vippsRedirectUrl, resumed }) => {
    const detail = JSON.stringify({ resumed });
    await trx.raw(initiatedSql, { paymentId, vippsRedirectUrl, detail });
  },
  unanswered: async (trx, paymentId, failure) => {
    await trx.raw(unansweredSql, { paymentId, detail: JSON.stringify({ failure }) });
  },
  refused: async (trx, { paymentId, toState, vippsCode, releaseReference }) => {
    const detail = JSON.stringify({ reason: 'REFUSED_BY_VIPPS', vippsCode });
    await trx.raw(refusedSql, { paymentId, toState, detail, releaseReference });
  },
};

interface Result<Row> {
  readonly rows: readonly Row[];
}

interface PendingRow {
  readonly state: PaymentState;
  readonly version: number;
  readonly rail: Rail;
  readonly psp_transaction_id: string;
  readonly merchant_order_id: string;
  readonly request_id: string;
}

function addBindings(payment: NewPayment) {
  const { order, transaction } = payment;
  return {
    ...transaction,
    id: payment.id,
    msn: payment.msn,
    rail: payment.rail,
    reference: order.reference,
    currency: order.amount.currency,
    amountMinor: String(order.amount.minor),
    userFlow: order.userFlow,
    returnUrl: order.returnUrl,
    paymentText: paymentTextOf(order),
    metadata: order.metadata && JSON.stringify(order.metadata),
    lastFour: order.phoneNumber?.slice(-4) ?? null,
    returnTokenHash: payment.returnTokenHash,
    makePaymentTokenHash: payment.makePaymentTokenHash,
    expirySeconds: payment.expirySeconds,
    idempotencyKey: payment.idempotencyKey,
    detail: JSON.stringify({
      pspTransactionId: transaction.pspTransactionId,
      userFlow: order.userFlow,
    }),
  };
}

const addSql = `
  with made as (
    insert into payment (id, msn, reference, rail, psp_transaction_id, state, currency, amount_minor,
      user_flow, return_url, payment_text, metadata, phone_number_last_four, return_token_hash,
      expires_at)
    values (:id, :msn, :reference, :rail, :pspTransactionId, 'CREATED', :currency, :amountMinor,
      :userFlow, :returnUrl, :paymentText, :metadata, :lastFour, :returnTokenHash,
      clock_timestamp() + make_interval(secs => :expirySeconds))
    on conflict (msn, reference) where not reference_released do nothing
    returning id, amount_minor
  ), known as (
    insert into psp_transaction (payment_id, psp_transaction_id, merchant_order_id, request_id,
      make_payment_token_hash)
    select id, :pspTransactionId, :merchantOrderId, cast(:requestId as uuid),
      cast(:makePaymentTokenHash as bytea) from made
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor, detail)
    select id, 1, 'CREATED', amount_minor, cast(:detail as jsonb) from made
  ), announced as (
    insert into merchant_event (payment_id, sequence, name, amount_minor, idempotency_key)
    select id, 1, 'CREATED', amount_minor, :idempotencyKey from made
  )
  select id from made`;

const lockSql = `
  select p.state, p.version, p.rail, t.psp_transaction_id, t.merchant_order_id, t.request_id
  from payment p
  join psp_transaction t on t.payment_id = p.id and t.psp_transaction_id = p.psp_transaction_id
  where p.id = :paymentId for update of p`;

const supersedeSql = `
  with moved as (
    update payment p set psp_transaction_id = :toId, version = p.version + 1
    where p.id = :paymentId and p.state = 'CREATED' and p.psp_transaction_id = :fromId
      and not exists (select from authorisation_leg l where l.payment_id = p.id)
    returning p.id, p.version, p.amount_minor
  ), superseded as (
    update psp_transaction t set superseded_at = clock_timestamp() from moved m
    where t.payment_id = m.id and t.psp_transaction_id = :fromId
  ), known as (
    insert into psp_transaction (payment_id, psp_transaction_id, merchant_order_id, request_id,
      make_payment_token_hash)
    select id, :toId, :orderId, cast(:requestId as uuid), cast(:makePaymentTokenHash as bytea)
    from moved
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor, detail)
    select id, version, 'SUPERSEDED', amount_minor,
      jsonb_build_object('from', cast(:fromId as text), 'to', cast(:toId as text)) from moved
  )
  select id from moved`;

const initiatedSql = `
  with moved as (
    update payment p set vipps_redirect_url = :vippsRedirectUrl, version = p.version + 1
    where p.id = :paymentId
    returning p.id, p.version, p.amount_minor
  )
  insert into operation (payment_id, sequence, event, amount_minor, detail)
  select id, version, 'INITIATED', amount_minor, cast(:detail as jsonb) from moved`;

const unansweredSql = `
  with moved as (
    update payment p set version = p.version + 1 where p.id = :paymentId
    returning p.id, p.version, p.amount_minor
  )
  insert into operation (payment_id, sequence, event, amount_minor, detail)
  select id, version, 'INIT_UNANSWERED', amount_minor, cast(:detail as jsonb) from moved`;

const refusedSql = `
  with moved as (
    update payment p set state = :toState, version = p.version + 1,
      reference_released = :releaseReference
    where p.id = :paymentId
    returning p.id, p.version, p.amount_minor, p.reference_released
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor, detail)
    select id, version, 'REFUSED', amount_minor, cast(:detail as jsonb) from moved
  )
  insert into merchant_event (payment_id, sequence, name, amount_minor)
  select id, version, 'ABORTED', amount_minor from moved where not reference_released`;
