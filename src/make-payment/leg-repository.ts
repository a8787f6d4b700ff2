import { type Pool } from 'pg';
import { type AcquirerMerchant } from '../acquirer/acquirer.ts';
import { type PaymentEvent, type PaymentState } from '../payments/payment-state.ts';
import { type Rail } from '../payments/rail.ts';
import { type Currency } from '../shared/money.ts';
import { createBatchedStatements, type ToRow } from './batched-statements-repository.ts';
import { createBatcher } from './batcher.ts';
import { findSql, openSql, decideSql, refuseSql, deliverSql, takeOverSql } from './leg-sql.ts';
import { type Reply } from './reply.ts';
import { type MerchantRules } from './ruled-out.ts';
import { createSlots } from './slots.ts';

/** Identifies one leg of one attempt at one payment. */
export interface LegKey {
  readonly paymentId: string;
  readonly attempt: number;
  readonly leg: number;
}

export type Delivery = 'NONE' | 'TOLD' | 'NOT_TOLD';

/** A payment as a callback meets it, with its newest leg. */
export interface FoundPayment {
  readonly paymentId: string;
  readonly pspTransactionId: string;
  readonly makePaymentTokenHash: Buffer;
  readonly superseded: boolean;
  readonly state: PaymentState;
  readonly rail: Rail;
  readonly amountMinor: bigint;
  readonly currency: Currency;
  readonly merchant: AcquirerMerchant;
  readonly rules: MerchantRules;
  /** Whether the merchant's customers may be asked to identify themselves. */
  readonly stepUpAllowed: boolean;
  readonly leg: FoundLeg | null;
}

export interface FoundLeg extends LegKey {
  readonly reply: Reply | null;
  readonly delivery: Delivery;
}

export interface LegToOpen extends LegKey {
  readonly pspTransactionId: string;
  readonly fromState: PaymentState;
  readonly acquirerReference: string;
  readonly owner: string;
  readonly maskedPan: string | null;
  readonly bin: string | null;
  readonly scheme: string | null;
}

/** What is written when a leg is decided: its reply, the payment's move, and what follows from it. */
export interface Decision extends LegKey {
  readonly pspTransactionId: string;
  readonly owner: string;
  readonly fence: number;
  readonly event: PaymentEvent;
  readonly toState: PaymentState;
  readonly outcome: string;
  readonly responseCode: string | null;
  readonly authorisationCode: string | null;
  readonly rrn: string | null;
  readonly reply: Reply;
  readonly detail: Readonly<Record<string, unknown>>;
  /** The merchant's event that goes with the move, if any. */
  readonly merchantEvent: string | null;
  /** Orders a reversal of the leg's authorisation, for this reason. */
  readonly reversalReason: string | null;
}

/** A FAIL for a payment that no leg was opened for. */
export interface Refusal extends LegKey {
  readonly pspTransactionId: string;
  readonly fromState: PaymentState;
  readonly toState: PaymentState;
  readonly event: string;
  readonly acquirerReference: string;
  readonly owner: string;
  readonly outcome: string;
  readonly reply: Reply;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly merchantEvent: string | null;
}

export interface DeliveryRecord extends LegKey {
  readonly delivery: 'TOLD' | 'NOT_TOLD';
  /** False where the answer may have reached Vipps all the same. */
  readonly certain: boolean;
}

export interface AbandonedLeg extends LegKey {
  readonly pspTransactionId: string;
  readonly fence: number;
  readonly replied: boolean;
}

/**
 * The statements of the makePayment call. Each is one statement and one commit; callers that wait
 * at the same time share one. Every statement locks the payment's row first.
 */
export interface LegRepository {
  /** Undefined when no payment was ever initiated under the id. */
  find(pspTransactionId: string): Promise<FoundPayment | undefined>;
  /** False when the payment was not in the state named, or is known by another id now. */
  open(leg: LegToOpen): Promise<boolean>;
  /**
   * True when the decision stands, also where an earlier try wrote it; false when another owner has
   * taken the leg, or it was decided otherwise, and nothing was written. False can be wrong where that
   * earlier try is still under way at the server: ask twice.
   */
  decide(decision: Decision): Promise<boolean>;
  /** False when a leg was opened, or the state changed, in the meantime. */
  refuse(refusal: Refusal): Promise<boolean>;
  /** False when the delivery was recorded already. */
  deliver(record: DeliveryRecord): Promise<boolean>;
  /** Takes the unfinished legs of owners that have been silent, at most `limit`, each with a higher fence. */
  takeOver(owner: string, silentMs: number, limit: number): Promise<readonly AbandonedLeg[]>;
}

/**
 * The answer has left already: nothing but a duplicate of the call waits for the record of it, and
 * each statement that is made for one payment alone keeps those that are waited for from the database.
 */
const deliveredRestMs = 25;

/**
 * A statement costs as much as three rows in it, so it should serve many. While two of any kind are
 * under way, callers gather for the next, and the database has one to work at while the other is on
 * the wire.
 */
export const statementsAtATime = 2;

export function createLegRepository(hot: Pool): LegRepository {
  const slots = createSlots(statementsAtATime);
  const { query, write } = createBatchedStatements(hot, slots);
  const find = createBatcher<string, FoundPayment | undefined>({
    slots,
    run: async (ids) => {
      const rows = await query<FoundRow>('leg-find', findSql, [[...new Set(ids)]]);
      const byId = new Map(rows.map((row) => [row.psp_transaction_id, toFoundPayment(row)]));
      return ids.map((id) => byId.get(id));
    },
  });
  return {
    find,
    open: write('leg-open', openSql, openRow),
    decide: write('leg-decide', decideSql, decideRow),
    refuse: write('leg-refuse', refuseSql, refuseRow),
    deliver: write('leg-deliver', deliverSql, deliverRow, deliveredRestMs),
    takeOver: (owner, silentMs, limit) =>
      query<AbandonedLeg>('leg-take-over', takeOverSql, [owner, silentMs, limit]),
  };
}

// Every member of a row is named: V8 makes an object that begins with a spread a hundred times as slowly.

export const openRow: ToRow<LegToOpen> = (leg) => ({
  payment_id: leg.paymentId,
  attempt: leg.attempt,
  leg: leg.leg,
  psp_transaction_id: leg.pspTransactionId,
  from_state: leg.fromState,
  acquirer_reference: leg.acquirerReference,
  owner: leg.owner,
  masked_pan: leg.maskedPan,
  bin: leg.bin,
  scheme: leg.scheme,
});

const decideRow: ToRow<Decision> = (decision) => ({
  payment_id: decision.paymentId,
  attempt: decision.attempt,
  leg: decision.leg,
  fence: decision.fence,
  event: decision.event,
  to_state: decision.toState,
  outcome: decision.outcome,
  response_code: decision.responseCode,
  authorisation_code: decision.authorisationCode,
  rrn: decision.rrn,
  reply: decision.reply.body,
  reply_status: decision.reply.status,
  detail: decision.detail,
  merchant_event: decision.merchantEvent,
  reversal_reason: decision.reversalReason,
  owner: decision.owner,
});

export const refuseRow: ToRow<Refusal> = (refusal) => ({
  payment_id: refusal.paymentId,
  attempt: refusal.attempt,
  leg: refusal.leg,
  psp_transaction_id: refusal.pspTransactionId,
  from_state: refusal.fromState,
  to_state: refusal.toState,
  event: refusal.event,
  acquirer_reference: refusal.acquirerReference,
  owner: refusal.owner,
  outcome: refusal.outcome,
  reply: refusal.reply.body,
  detail: refusal.detail,
  merchant_event: refusal.merchantEvent,
});

const deliverRow: ToRow<DeliveryRecord> = (record) => ({
  payment_id: record.paymentId,
  attempt: record.attempt,
  leg: record.leg,
  delivery: record.delivery,
  certain: record.certain,
});

interface FoundRow {
  readonly payment_id: string;
  readonly psp_transaction_id: string;
  readonly make_payment_token_hash: Buffer;
  readonly superseded: boolean;
  readonly state: PaymentState;
  readonly rail: Rail;
  readonly amount_minor: bigint;
  readonly currency: Currency;
  readonly msn: string;
  readonly acquirer_merchant_id: string;
  readonly terminal_id: string;
  readonly category_code: string;
  readonly descriptor: string;
  readonly country: string;
  readonly credit_cards_allowed: boolean;
  readonly payment_limit_minor: bigint | null;
  readonly step_up_allowed: boolean;
  readonly attempt: number | null;
  readonly leg: number | null;
  readonly reply: string | null;
  readonly reply_status: Reply['status'] | null;
  readonly delivery: Delivery | null;
}

function toFoundPayment(row: FoundRow): FoundPayment {
  return {
    paymentId: row.payment_id,
    pspTransactionId: row.psp_transaction_id,
    makePaymentTokenHash: row.make_payment_token_hash,
    superseded: row.superseded,
    state: row.state,
    rail: row.rail,
    amountMinor: row.amount_minor,
    currency: row.currency,
    merchant: {
      msn: row.msn,
      acquirerMerchantId: row.acquirer_merchant_id,
      terminalId: row.terminal_id,
      categoryCode: row.category_code,
      descriptor: row.descriptor,
      country: row.country,
    },
    rules: {
      creditCardsAllowed: row.credit_cards_allowed,
      paymentLimitMinor: row.payment_limit_minor,
    },
    stepUpAllowed: row.step_up_allowed,
    leg: toFoundLeg(row),
  };
}

function toFoundLeg(row: FoundRow): FoundLeg | null {
  if (row.attempt === null || row.leg === null) return null;
  return {
    paymentId: row.payment_id,
    attempt: row.attempt,
    leg: row.leg,
    reply:
      row.reply === null || row.reply_status === null
        ? null
        : { status: row.reply_status, body: row.reply },
    delivery: row.delivery ?? 'NONE',
  };
}
