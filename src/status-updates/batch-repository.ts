import { type Pool, type QueryResultRow } from 'pg';
import { type Rail } from '../payments/rail.ts';
import { type StatusLine } from '../psp-api/psp-api.ts';
import { atOnce } from '../shared/at-once.ts';
import { type Currency } from '../shared/money.ts';
import {
  acceptSql,
  burySql,
  dissolveSql,
  dueSql,
  formSql,
  postponeSql,
  resumeSql,
} from './batch-sql.ts';
import { type Batch, type BatchLine, type DueWork } from './batch.ts';
import { type Cutoff, type HeldLane } from './lane-repository.ts';

/** Vipps' own code and text. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

export interface Postponement {
  readonly delayMs: number;
  /** Whether this sending certainly took no effect. */
  readonly refused: boolean;
  /** False where nothing was sent at all, so that it does not lengthen the delays. */
  readonly counts: boolean;
}

/**
 * The batches of a lane, for its holder. What writes is one statement and one commit, and answers
 * undefined or false, having changed nothing, when the lane has passed to another.
 */
export interface BatchRepository {
  /** Merchants, and the rail, for whom something can be done; who has waited longest comes first. */
  due(lane: number, cutoff: Cutoff, limit: number): Promise<readonly DueWork[]>;
  /** Makes the merchant's next batch of the rail; undefined also where all that waits is held back. */
  form(held: HeldLane, order: BatchOrder): Promise<Batch | undefined>;
  /** Begins another sending of the open batch, as it is. */
  resume(held: HeldLane, open: ResumeOrder): Promise<Batch | undefined>;
  accept(held: HeldLane, batch: Batch, answer: string, linesMax: number): Promise<boolean>;
  /** The same batch goes out again later. */
  postpone(
    held: HeldLane,
    batch: Batch,
    answer: string,
    postponement: Postponement,
  ): Promise<boolean>;
  /** Its lines wait again, and the merchant's next batch of the rail has half as many. */
  dissolve(held: HeldLane, batch: Batch, answer: string, refusal: Refusal): Promise<boolean>;
  /** Its only line is dead, and holds back its payment's later ones until somebody decides. */
  bury(held: HeldLane, batch: Batch, answer: string, refusal: Refusal): Promise<boolean>;
}

export interface BatchOrder {
  readonly id: string;
  readonly msn: string;
  readonly rail: Rail;
  readonly cutoff: Cutoff;
  readonly linesMax: number;
  /** When it is due again should we not live to settle it. */
  readonly resendDelayMs: number;
}

export interface ResumeOrder {
  readonly id: string;
  readonly msn: string;
  readonly rail: Rail;
  readonly resendDelayMs: number;
}

/** The connections are shared with the calls that Vipps waits for. */
const statementsAtOnceMax = 3;

/** Runs statements by name: each that writes has its crash points by that name. */
function queryInTurn(hot: Pool) {
  const inTurn = atOnce(statementsAtOnceMax);
  return async <Row extends QueryResultRow>(
    name: string,
    text: string,
    values: readonly unknown[],
  ) => (await inTurn(() => hot.query<Row>({ name, text, values: [...values] }))).rows;
}

export function createBatchRepository(hot: Pool): BatchRepository {
  const query = queryInTurn(hot);
  const settle = async (name: string, text: string, values: readonly unknown[]) =>
    (await query(name, text, values)).length > 0;

  return {
    due: async (lane, cutoff, limit) => {
      const rows = await query<DueRow>('batch-due', dueSql, [cutoff, lane, limit]);
      return rows.map(({ msn, rail, id, attempts }) => ({
        msn,
        rail,
        open: id === null || attempts === null ? undefined : { id, attempts },
      }));
    },
    form: async (held, { id, msn, rail, cutoff, linesMax, resendDelayMs }) => {
      const values = [...laneOf(held), msn, id, cutoff, linesMax, resendDelayMs, rail];
      return toBatch({ id, msn, rail }, await query<LineRow>('batch-form', formSql, values));
    },
    resume: async (held, { id, msn, rail, resendDelayMs }) => {
      const values = [...laneOf(held), msn, id, resendDelayMs];
      return toBatch({ id, msn, rail }, await query<LineRow>('batch-resume', resumeSql, values));
    },
    accept: (held, batch, answer, linesMax) =>
      settle('batch-accept', acceptSql, [...batchOf(held, batch), answer, {}, linesMax]),
    postpone: (held, batch, answer, { delayMs, refused, counts }) =>
      settle('batch-postpone', postponeSql, [
        ...batchOf(held, batch),
        answer,
        delayMs,
        refused && counts ? 1 : 0,
        counts ? 0 : 1,
      ]),
    dissolve: (held, batch, answer, { code, message }) =>
      settle('batch-dissolve', dissolveSql, [
        ...batchOf(held, batch),
        answer,
        { code, message, lines: batch.lines.length },
      ]),
    bury: (held, batch, answer, { code, message }) =>
      settle('batch-bury', burySql, [
        ...batchOf(held, batch),
        answer,
        { code, message },
        code,
        message,
      ]),
  };
}

function laneOf({ lane, owner, fence }: HeldLane): readonly unknown[] {
  return [lane, owner, fence];
}

function batchOf(held: HeldLane, { msn, id }: Batch): readonly unknown[] {
  return [...laneOf(held), msn, id];
}

interface DueRow {
  readonly msn: string;
  readonly rail: Rail;
  readonly id: string | null;
  readonly attempts: number | null;
}

interface LineRow {
  readonly payment_id: string;
  readonly sequence: number;
  readonly psp_transaction_id: string;
  readonly status: StatusLine['status'];
  readonly amount_minor: bigint;
  readonly currency: Currency;
  readonly payment_text: string | null;
  readonly operation_status: 'SUCCESS' | 'FAILED';
  readonly attempts: number;
}

function toBatch(
  names: Pick<Batch, 'id' | 'msn' | 'rail'>,
  rows: readonly LineRow[],
): Batch | undefined {
  const [first] = rows;
  return first && { ...names, attempt: first.attempts, lines: rows.map(toBatchLine) };
}

/** A batch's bytes follow from its rows alone, which do not change: it is the same whoever sends it. */
function toBatchLine(row: LineRow): BatchLine {
  return {
    paymentId: row.payment_id,
    sequence: row.sequence,
    line: {
      pspTransactionId: row.psp_transaction_id,
      status: row.status,
      amount: { minor: row.amount_minor, currency: row.currency },
      ...(row.payment_text !== null && { paymentText: row.payment_text }),
      operationStatus: row.operation_status,
    },
  };
}
