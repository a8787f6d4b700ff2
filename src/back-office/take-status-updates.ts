import { setImmediate } from 'node:timers/promises';
import { withoutCardNumbers } from '../card-data/card-number-in-text.ts';
import { inTransaction, type Transactions } from '../database/database.ts';
import { type ModificationKind } from '../modifications/modification.ts';
import {
  type OperationElsewhere,
  type RecordedElsewhere,
  type RecordElsewhere,
} from '../modifications/record-elsewhere.ts';
import { atOnce } from '../shared/at-once.ts';
import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { type LineRead, type ReadLine, readStatusLine } from './read-status-line.ts';
import { lineRefusals, type LineRefusal, type LineResult } from './status-update-messages.ts';

/**
 * Records operations that were done elsewhere, and has Vipps told of them. Each line gets a result of
 * its own, in the order given, and none spoils another. The same line twice counts once.
 */
export type TakeStatusUpdates = (lines: readonly unknown[]) => Promise<readonly LineResult[]>;

interface Dependencies {
  readonly database: Transactions;
  readonly recordElsewhere: RecordElsewhere;
  /** Something was recorded: have it sent at once. */
  readonly enqueued: () => void;
  readonly log: Log;
}

/** However many requests there are: others need connections too. */
const transactionsAtOnceMax = 2;

/** In one transaction: their payments are locked for so long. */
const linesOfTransactionMax = 200;

type Verdict = RecordedElsewhere | 'NOT_NOW';

export function createTakeStatusUpdates(dependencies: Dependencies): TakeStatusUpdates {
  const transaction = atOnce(transactionsAtOnceMax);

  return async (values) => {
    const results: LineResult[] = [];
    for (let from = 0; from < values.length; from += linesOfTransactionMax) {
      // Others get their turn on the event loop.
      await setImmediate();
      const some = values.slice(from, from + linesOfTransactionMax);
      const read = some.map(readStatusLine);
      const lines = read.flatMap((each) => (each.ok ? [each.line] : []));
      // One transaction after the other: the lines of a payment are taken in the order in which they came.
      const verdicts = await transaction(() => recordOrRefuse(dependencies, lines));
      const verdictOf = new Map(lines.map((line, place) => [line, verdicts[place] ?? 'NOT_NOW']));
      results.push(
        ...read.map((each, place) =>
          resultOf({ index: from + place, value: some[place], read: each, verdictOf }),
        ),
      );
    }
    if (results.some(({ result }) => result === 'ACCEPTED')) dependencies.enqueued();
    return results;
  };
}

/**
 * Where a transaction fails, none of its lines is recorded for all we know. Unless the database is
 * away, they are tried again in halves, so that the one that is to blame spoils no other.
 */
async function recordOrRefuse(
  dependencies: Dependencies,
  lines: readonly ReadLine[],
): Promise<readonly Verdict[]> {
  if (lines.length === 0) return [];
  try {
    const operations = lines.map(operationOf);
    return await inTransaction(dependencies.database, 'elsewhere-record', (trx) =>
      dependencies.recordElsewhere(trx, operations),
    );
  } catch (error) {
    const half = Math.ceil(lines.length / 2);
    if (half < lines.length && isAboutTheLines(error)) {
      const first = await recordOrRefuse(dependencies, lines.slice(0, half));
      return [...first, ...(await recordOrRefuse(dependencies, lines.slice(half)))];
    }
    dependencies.log.error({ event: 'back-office.lines-not-recorded', reason: messageOf(error) });
    return lines.map(() => 'NOT_NOW');
  }
}

/** A value could not be taken, a constraint held, or somebody else's transaction was in the way. */
function isAboutTheLines(error: unknown): boolean {
  return /^(22|23|40)/.test(String((error as { code?: unknown } | null)?.code));
}

const kinds = {
  CAPTURED: 'CAPTURE',
  CANCELLED: 'CANCEL',
  REFUNDED: 'REFUND',
} as const satisfies Record<ReadLine['status'], ModificationKind>;

function operationOf(line: ReadLine): OperationElsewhere {
  return {
    pspTransactionId: line.pspTransactionId,
    kind: kinds[line.status],
    amountMinor: BigInt(line.amount),
    currency: line.currency,
    operationId: line.operationId ?? `line:${line.contentHash.toString('base64url')}`,
    contentHash: line.contentHash,
    succeeded: line.operationStatus === 'SUCCESS',
    paymentText: line.paymentText ?? null,
  };
}

const idCharactersMax = 64;

function resultOf(of: {
  readonly index: number;
  readonly value: unknown;
  readonly read: LineRead;
  readonly verdictOf: ReadonlyMap<ReadLine, Verdict>;
}): LineResult {
  const { index, value, read, verdictOf } = of;
  const { pspTransactionId } = (value ?? {}) as { readonly pspTransactionId?: unknown };
  const id =
    typeof pspTransactionId === 'string'
      ? withoutCardNumbers(pspTransactionId.slice(0, idCharactersMax))
      : null;
  const line = { index, pspTransactionId: id };
  const refused = (code: LineRefusal, detail?: string): LineResult => ({
    ...line,
    result: 'REFUSED',
    error: { code, title: lineRefusals[code], ...(detail !== undefined && { detail }) },
  });
  if (!read.ok) return refused(read.refusal, read.detail);
  const verdict = verdictOf.get(read.line) ?? 'NOT_NOW';
  if (verdict === 'RECORDED') return { ...line, result: 'ACCEPTED' };
  return verdict === 'DUPLICATE' ? { ...line, result: 'DUPLICATE' } : refused(verdict);
}
