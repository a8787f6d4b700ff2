import { type Pool } from 'pg';
import {
  dismissSql,
  listDeadSql,
  listLongOpenSql,
  reportsSql,
  retrySql,
} from './stuck-update-sql.ts';

/** One report to Vipps: the payment, and the entry of its operation log that is reported. */
export interface UpdateKey {
  readonly paymentId: string;
  readonly sequence: number;
}

export type UpdateState = 'WAITING' | 'BATCHED' | 'ACCEPTED' | 'DEAD' | 'DISMISSED';

/** A report as the back office sees it. */
export interface UpdateView extends UpdateKey {
  readonly msn: string;
  readonly pspTransactionId: string;
  readonly status: 'RESERVED' | 'CAPTURED' | 'CANCELLED' | 'REFUNDED';
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly state: UpdateState;
  readonly enqueuedAt: Date;
  readonly settledAt: Date | null;
}

export interface DeadUpdate extends UpdateView {
  readonly refusal: { readonly code: string; readonly message: string };
  /** Later reports of the same payment that wait for a decision about this one. */
  readonly heldBack: number;
}

/** A request to Vipps that does not get through. */
export interface OpenBatch {
  /** The Request-Id. */
  readonly id: string;
  readonly msn: string;
  readonly lines: number;
  readonly attempts: number;
  readonly lastAnswer: string | null;
  readonly madeAt: Date;
  readonly nextAttemptAt: Date;
  /** The first lines in it, so that there is one to retry or dismiss. */
  readonly firstLines: readonly UpdateKey[];
}

/** A report with the request in which it is or was accepted, and every try of that. */
export interface Report extends UpdateView {
  readonly batchId: string | null;
  readonly tries: readonly {
    readonly attempt: number;
    readonly answer: string;
    readonly answeredAt: string;
  }[];
}

export type Resolution =
  | { readonly kind: 'DONE' }
  | { readonly kind: 'NOT_FOUND' }
  /** Accepted or dismissed already, or on its way without anybody's help. */
  | { readonly kind: 'NOT_STUCK'; readonly state: UpdateState }
  /** It may have reached Vipps: until that is known it cannot be taken out of its request. */
  | { readonly kind: 'IN_DOUBT' };

/** What operators see and do about reports that Vipps keeps refusing. */
export interface StuckUpdateRepository {
  /** Oldest first; `after` is the last one of the page before. */
  listDead(page: {
    readonly limit: number;
    readonly after?: DeadUpdate;
  }): Promise<readonly DeadUpdate[]>;
  /** Requests that Vipps has refused, and those made longer ago than that without success; oldest first. */
  listLongOpen(query: {
    readonly openMs: number;
    readonly limit: number;
  }): Promise<readonly OpenBatch[]>;
  /** Everything that is or was reported of a payment, in order. */
  reportsOf(paymentId: string): Promise<readonly Report[]>;
  /**
   * Sends a dead report once more, or has a request that waits for its next try go at once. The
   * reason is kept in the payment's operation log.
   */
  retry(update: UpdateKey, reason: string): Promise<Resolution>;
  /**
   * Gives the report up, for good: Vipps is not told, and later reports of the payment go on. The
   * reason is kept in the payment's operation log. Only what is dead, or is in a request to which
   * Vipps has answered no each time; the other lines of that request then leave in a new one.
   */
  dismiss(update: UpdateKey, reason: string): Promise<Resolution>;
}

const firstLinesMax = 10;

export function createStuckUpdateRepository(hot: Pool): StuckUpdateRepository {
  const resolve = async (name: string, text: string, values: readonly unknown[]) => {
    const { rows } = await hot.query<ResolvedRow>({ name, text, values: [...values] });
    return toResolution(rows[0]);
  };
  return {
    listDead: async ({ limit, after }) => {
      const { settledAt = null, paymentId = null, sequence = null } = after ?? {};
      const values = [limit, settledAt, paymentId, sequence];
      const { rows } = await hot.query<DeadRow>(listDeadSql, values);
      return rows.map((row) => ({
        ...toView(row),
        refusal: { code: row.refusal_code, message: row.refusal_text },
        heldBack: Number(row.held_back),
      }));
    },
    listLongOpen: async ({ openMs, limit }) => {
      const values = [openMs, limit, firstLinesMax];
      const { rows } = await hot.query<OpenBatchRow>(listLongOpenSql, values);
      return rows.map(toOpenBatch);
    },
    reportsOf: async (paymentId) => {
      const { rows } = await hot.query<ReportRow>(reportsSql, [paymentId]);
      return rows.map((row) => ({ ...toView(row), batchId: row.batch_id, tries: row.tries }));
    },
    retry: ({ paymentId, sequence }, reason) =>
      resolve('status-update-retry', retrySql, [paymentId, sequence, reason]),
    dismiss: ({ paymentId, sequence }, reason) =>
      resolve('status-update-dismiss', dismissSql, [paymentId, sequence, reason]),
  };
}

interface ResolvedRow {
  /** Before. */
  readonly state: UpdateState;
  readonly done: boolean;
}

function toResolution(row: ResolvedRow | undefined): Resolution {
  if (row === undefined) return { kind: 'NOT_FOUND' };
  if (row.done) return { kind: 'DONE' };
  return row.state === 'BATCHED' ? { kind: 'IN_DOUBT' } : { kind: 'NOT_STUCK', state: row.state };
}

interface UpdateRow {
  readonly payment_id: string;
  readonly sequence: number;
  readonly msn: string;
  readonly psp_transaction_id: string;
  readonly status: UpdateView['status'];
  readonly amount_minor: bigint;
  readonly currency: string;
  readonly state: UpdateState;
  readonly enqueued_at: Date;
  readonly settled_at: Date | null;
}

interface DeadRow extends UpdateRow {
  readonly refusal_code: string;
  readonly refusal_text: string;
  readonly held_back: bigint;
}

interface ReportRow extends UpdateRow {
  readonly batch_id: string | null;
  readonly tries: Report['tries'];
}

interface OpenBatchRow {
  readonly id: string;
  readonly msn: string;
  readonly lines: number;
  readonly attempts: number;
  readonly last_answer: string | null;
  readonly made_at: Date;
  readonly next_attempt_at: Date;
  readonly first_lines: OpenBatch['firstLines'];
}

function toView(row: UpdateRow): UpdateView {
  return {
    paymentId: row.payment_id,
    sequence: row.sequence,
    msn: row.msn,
    pspTransactionId: row.psp_transaction_id,
    status: row.status,
    amountMinor: row.amount_minor,
    currency: row.currency,
    state: row.state,
    enqueuedAt: row.enqueued_at,
    settledAt: row.settled_at,
  };
}

function toOpenBatch(row: OpenBatchRow): OpenBatch {
  return {
    id: row.id,
    msn: row.msn,
    lines: row.lines,
    attempts: row.attempts,
    lastAnswer: row.last_answer,
    madeAt: row.made_at,
    nextAttemptAt: row.next_attempt_at,
    firstLines: row.first_lines,
  };
}
