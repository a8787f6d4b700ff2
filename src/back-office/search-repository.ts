import { type Pool } from 'pg';
import { type PaymentState } from '../payments/payment-state.ts';
import { type Cursor, writeCursor } from './cursor.ts';

/** What payments are looked for by; what is left out is not looked at. */
export interface PaymentSearch {
  readonly reference?: string | undefined;
  readonly pspTransactionId?: string | undefined;
  readonly merchantOrderId?: string | undefined;
  readonly msn?: string | undefined;
  /** Minor units. */
  readonly amount?: number | undefined;
  readonly state?: PaymentState | undefined;
  /** Made then or later. */
  readonly from?: Date | undefined;
  /** Made before. */
  readonly to?: Date | undefined;
  readonly lastFour?: string | undefined;
  readonly limit: number;
  readonly cursor?: Cursor | undefined;
}

export interface SummaryRow {
  readonly id: string;
  readonly reference: string;
  readonly psp_transaction_id: string;
  readonly merchant_order_id: string;
  readonly msn: string;
  readonly state: PaymentState;
  readonly currency: string;
  readonly amount_minor: bigint;
  readonly authorised_minor: bigint;
  readonly captured_minor: bigint;
  readonly capturing_minor: bigint;
  readonly cancelled_minor: bigint;
  readonly cancelling_minor: bigint;
  readonly refunded_minor: bigint;
  readonly refunding_minor: bigint;
  readonly masked_pan: string | null;
  readonly scheme: string | null;
  readonly created_at: Date;
  readonly authorised_at: Date | null;
}

export interface PaymentPage {
  readonly payments: readonly PaymentSummaryView[];
  /** Null on the last page. */
  readonly next: string | null;
}

export type PaymentSummaryView = ReturnType<typeof toSummary>;

/** Finds payments, newest first, a page at a time. */
export interface SearchRepository {
  search(search: PaymentSearch): Promise<PaymentPage>;
}

export function createSearchRepository(hot: Pool): SearchRepository {
  return {
    search: async (search) => {
      const { conditions, values } = conditionsOf(search);
      // One more than is shown tells whether there is another page. The page is complete before
      // anything is joined to it: else PostgreSQL may join and sort all that matches, for one page. It
      // may do so too where it is not told how small the page is: the number stands in the text.
      const { rows } = await hot.query<SummaryRow & { readonly created_at_text: string }>(
        `select ${summaryColumns}, p.created_at::text as created_at_text from (
           select * from payment p where ${conditions.join(' and ')}
           order by p.created_at desc, p.id desc limit ${search.limit + 1}) p ${joinedTables}
         order by p.created_at desc, p.id desc`,
        values,
      );
      const shown = rows.slice(0, search.limit);
      const last = shown.at(-1);
      const isLastPage = rows.length === shown.length || last === undefined;
      return {
        payments: shown.map(toSummary),
        next: isLastPage ? null : writeCursor({ createdAt: last.created_at_text, id: last.id }),
      };
    },
  };
}

export const summaryColumns = `p.id, p.reference, p.psp_transaction_id, t.merchant_order_id, p.msn, p.state,
    p.currency, p.amount_minor, p.authorised_minor, p.captured_minor, p.capturing_minor, p.cancelled_minor,
    p.cancelling_minor, p.refunded_minor, p.refunding_minor, p.masked_pan, p.scheme, p.created_at,
    p.authorised_at`;

const joinedTables =
  'join psp_transaction t on t.payment_id = p.id and t.psp_transaction_id = p.psp_transaction_id';

export const summaryTables = `from payment p ${joinedTables}`;

/** Each has an index of its own, in the order of the pages where it can have many payments. */
const conditionTexts = {
  reference: (value) => `p.reference = ${value}`,
  pspTransactionId: (value) =>
    `p.id = (select payment_id from psp_transaction where psp_transaction_id = ${value})`,
  merchantOrderId: (value) =>
    `p.id in (select payment_id from psp_transaction where merchant_order_id = ${value})`,
  msn: (value) => `p.msn = ${value}`,
  amount: (value) => `p.amount_minor = ${value}`,
  from: (value) => `p.created_at >= ${value}`,
  to: (value) => `p.created_at < ${value}`,
  lastFour: (value) => `p.masked_pan is not null and right(p.masked_pan, 4) = ${value}`,
} as const satisfies Partial<Record<keyof PaymentSearch, (value: string) => string>>;

const whereUnfinished = 'p.id in (select payment_id from authorisation_leg where unfinished)';

/**
 * A payment's state, with the index by which the few of it are found: the state itself is in none,
 * because each change of it would be one of every index. AUTHORISED is what most payments are.
 */
const stateConditions: Readonly<Record<PaymentState, string>> = {
  CREATED: `p.awaits_customer and p.state = 'CREATED'`,
  STEP_UP: `p.awaits_customer and p.state = 'STEP_UP'`,
  AUTHORISING: `${whereUnfinished} and p.state = 'AUTHORISING'`,
  ANSWERING: `${whereUnfinished} and p.state = 'ANSWERING'`,
  REVERSING: `p.id in (select payment_id from reversal where state = 'DUE') and p.state = 'REVERSING'`,
  AUTHORISED: `p.state = 'AUTHORISED'`,
  FAILED: `p.ended_as = 'FAILED'`,
  ABORTED: `p.ended_as = 'ABORTED'`,
  EXPIRED: `p.ended_as = 'EXPIRED'`,
  TERMINATED: `p.ended_as = 'TERMINATED'`,
};

function conditionsOf(search: PaymentSearch) {
  const conditions = [search.state === undefined ? 'true' : stateConditions[search.state]];
  const values: unknown[] = [];
  const place = (value: unknown): string => `$${values.push(value)}`;
  for (const [name, textOf] of Object.entries(conditionTexts)) {
    const value = search[name as keyof typeof conditionTexts];
    if (value !== undefined) conditions.push(textOf(place(value)));
  }
  if (search.cursor !== undefined) {
    const { createdAt, id } = search.cursor;
    conditions.push(
      `(p.created_at, p.id) < (${place(createdAt)}::timestamptz, ${place(id)}::uuid)`,
    );
  }
  return { conditions, values };
}

export function toSummary(row: SummaryRow) {
  return {
    id: row.id,
    reference: row.reference,
    pspTransactionId: row.psp_transaction_id,
    merchantOrderId: row.merchant_order_id,
    msn: row.msn,
    state: row.state,
    currency: row.currency,
    amounts: {
      amount: row.amount_minor,
      authorised: row.authorised_minor,
      captured: row.captured_minor,
      capturing: row.capturing_minor,
      cancelled: row.cancelled_minor,
      cancelling: row.cancelling_minor,
      refunded: row.refunded_minor,
      refunding: row.refunding_minor,
    },
    maskedPan: row.masked_pan,
    scheme: row.scheme,
    createdAt: row.created_at,
    authorisedAt: row.authorised_at,
  };
}
