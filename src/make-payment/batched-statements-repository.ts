import { type Pool, type QueryConfig, type QueryResultRow } from 'pg';
import { createBatcher } from './batcher.ts';
import { type Slots } from './slots.ts';

/** A connection that says nothing must not hold up everybody who waits behind it. */
const statementMsMax = 2_000;

interface TimedQuery extends QueryConfig {
  /** Known to the driver, though not to its types. */
  readonly query_timeout: number;
}

/** What a statement reads of one caller: the members of a JSON object, named as in its `asked`. */
export type ToRow<Item> = (item: Item) => Readonly<Record<string, unknown>>;

/** Prepared statements over many rows: callers that wait at the same time share one. */
export interface BatchedStatements {
  readonly query: <Row extends QueryResultRow>(
    name: string,
    text: string,
    values: unknown[],
  ) => Promise<readonly Row[]>;
  /**
   * A statement whose parameters are the payments' ids and the rows as JSON. The payments that it
   * returns are those that it wrote; one at a time of each payment.
   */
  readonly write: <Item extends { readonly paymentId: string }>(
    name: string,
    text: string,
    toRow: ToRow<Item>,
    restMs?: number,
  ) => (item: Item) => Promise<boolean>;
}

export function createBatchedStatements(hot: Pool, slots: Slots): BatchedStatements {
  const query: BatchedStatements['query'] = async <Row extends QueryResultRow>(
    name: string,
    text: string,
    values: unknown[],
  ) => {
    const timed: TimedQuery = { name, text, values, query_timeout: statementMsMax };
    const { rows } = await hot.query<Row>(timed);
    return rows;
  };
  return {
    query,
    write: (name, text, toRow, restMs) =>
      createBatcher({
        ...(restMs !== undefined && { restMs }),
        slots,
        keyOf: (item) => item.paymentId,
        run: async (items) => {
          const ids = items.map(({ paymentId }) => paymentId);
          const values = [ids, JSON.stringify(items.map(toRow))];
          const rows = await query<{ payment_id: string }>(name, text, values);
          const written = new Set(rows.map((row) => row.payment_id));
          return items.map((item) => written.has(item.paymentId));
        },
      }),
  };
}
