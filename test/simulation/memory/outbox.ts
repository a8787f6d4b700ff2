import {
  type BatchOrder,
  type BatchRepository,
} from '../../../src/status-updates/batch-repository.ts';
import { type Batch, type DueWork } from '../../../src/status-updates/batch.ts';
import {
  type Cutoff,
  type HeldLane,
  type LaneRepository,
} from '../../../src/status-updates/lane-repository.ts';
import { type Statement } from './statement.ts';
import { type BatchRow, type LaneRow, move, type StatusUpdateRow, type Tables } from './tables.ts';

export function memoryLanes(tables: Tables, statement: Statement): LaneRepository {
  const isFree = ({ leasedUntilMs }: LaneRow): boolean =>
    leasedUntilMs === null || leasedUntilMs < tables.nowMs();
  return {
    withWork: (cutoff) =>
      statement('lane-with-work', () => {
        const withWork = new Set([
          ...dueBatches(tables).map(({ lane }) => lane),
          ...waitingMerchants(tables, cutoff).map(({ lane }) => lane),
        ]);
        return tables.lanes
          .where(
            (row) => withWork.has(row.lane) && isFree(row) && row.restUntilMs <= tables.nowMs(),
          )
          .toSorted((left, right) => left.restUntilMs - right.restUntilMs)
          .map(({ lane }) => lane);
      }),
    take: (lane, owner, leaseMs) =>
      statement('lane-take', () => {
        const row = tables.lanes.get(String(lane));
        if (row === undefined || !isFree(row)) return undefined;
        const fence = row.fence + 1n;
        tables.lanes.put({ ...row, owner, fence, leasedUntilMs: tables.nowMs() + leaseMs });
        return { lane, owner, fence };
      }),
    renew: (owner, lanes, leaseMs) =>
      statement('lane-renew', () => {
        for (const row of tables.lanes.where((one) => one.owner === owner)) {
          if (lanes.includes(row.lane))
            tables.lanes.put({ ...row, leasedUntilMs: tables.nowMs() + leaseMs });
        }
      }),
    release: (held, restMs) =>
      statement('lane-release', () => {
        const row = heldRow(tables, held);
        if (row === undefined) return;
        const restUntilMs = tables.nowMs() + restMs;
        tables.lanes.put({ ...row, owner: null, leasedUntilMs: null, restUntilMs });
      }),
    latest: (_daily, at) => Promise.resolve(at),
  };
}

function heldRow(tables: Tables, { lane, owner, fence }: HeldLane): LaneRow | undefined {
  const row = tables.lanes.get(String(lane));
  return row?.owner === owner && row.fence === fence ? row : undefined;
}

function dueBatches(tables: Tables): readonly BatchRow[] {
  return tables.batches.where(
    ({ state, nextAttemptAtMs }) => state === 'OPEN' && nextAttemptAtMs <= tables.nowMs(),
  );
}

const isBefore = (atMs: number, cutoff: Cutoff): boolean =>
  cutoff === 'infinity' || atMs < cutoff.getTime();

function hasOpenBatch(tables: Tables, { msn, rail }: Pick<BatchRow, 'msn' | 'rail'>): boolean {
  return tables.batches.has(
    (batch) => batch.msn === msn && batch.rail === rail && batch.state === 'OPEN',
  );
}

/** Merchants without an open batch that have lines waiting, each with its oldest line. */
function waitingMerchants(tables: Tables, cutoff: Cutoff): readonly StatusUpdateRow[] {
  const oldest = new Map<string, StatusUpdateRow>();
  for (const line of tables.updates.where(({ state }) => state === 'WAITING')) {
    const queue = `${line.msn}/${line.rail}`;
    const known = oldest.get(queue);
    if (known === undefined || line.enqueuedAtMs < known.enqueuedAtMs) oldest.set(queue, line);
  }
  return [...oldest.values()].filter(
    ({ msn, rail, enqueuedAtMs }) =>
      isBefore(enqueuedAtMs, cutoff) && !hasOpenBatch(tables, { msn, rail }),
  );
}

export function memoryBatches(tables: Tables, statement: Statement): BatchRepository {
  const settle = (
    name: string,
    { held, batch }: { readonly held: HeldLane; readonly batch: Batch },
    settlement: Settlement,
  ) => statement(name, () => settleBatch(tables, openBatch(tables, held, batch), settlement));
  return {
    due: (lane, cutoff, limit) =>
      statement('batch-due', () => due(tables, { lane, cutoff, limit })),
    form: (held, order) => statement('batch-form', () => form(tables, held, order)),
    resume: (held, { id, msn, resendDelayMs }) =>
      statement('batch-resume', () => {
        const open = openBatch(tables, held, { id, msn });
        if (open === undefined) return undefined;
        const nextAttemptAtMs = tables.nowMs() + resendDelayMs;
        const resumed = { ...open, attempts: open.attempts + 1, nextAttemptAtMs };
        tables.batches.put(resumed);
        return toBatch(tables, resumed);
      }),
    postpone: (held, batch, _answer, { delayMs, refused, counts }) =>
      statement('batch-postpone', () => {
        const open = openBatch(tables, held, batch);
        if (open === undefined) return false;
        tables.batches.put({
          ...open,
          attempts: open.attempts - (counts ? 0 : 1),
          refusedAttempts: open.refusedAttempts + (refused && counts ? 1 : 0),
          nextAttemptAtMs: tables.nowMs() + delayMs,
        });
        return true;
      }),
    accept: (held, batch, _answer, linesMax) =>
      settle(
        'batch-accept',
        { held, batch },
        {
          batchState: 'ACCEPTED',
          line: { state: 'ACCEPTED' },
          event: 'STATUS_UPDATE_ACCEPTED',
          queue: ({ msn, rail }) => {
            const queue = tables.queues.get(`${msn}/${rail}`);
            if (queue && queue.linesMax < linesMax)
              tables.queues.put({ msn, rail, linesMax: Math.min(queue.linesMax * 2, linesMax) });
          },
        },
      ),
    dissolve: (held, batch) =>
      settle(
        'batch-dissolve',
        { held, batch },
        {
          batchState: 'DISSOLVED',
          line: { state: 'WAITING', batchId: null, position: null },
          event: 'STATUS_UPDATE_REFUSED',
          queue: ({ msn, rail, lines }) => {
            tables.queues.put({ msn, rail, linesMax: Math.floor((lines + 1) / 2) });
          },
        },
      ),
    bury: (held, batch) =>
      settle(
        'batch-bury',
        { held, batch },
        {
          batchState: 'DISSOLVED',
          line: { state: 'DEAD', batchId: null, position: null },
          event: 'STATUS_UPDATE_DEAD',
          queue: () => undefined,
        },
      ),
  };
}

interface DueQuery {
  readonly lane: number;
  readonly cutoff: Cutoff;
  readonly limit: number;
}

function due(tables: Tables, { lane, cutoff, limit }: DueQuery): readonly DueWork[] {
  const again = dueBatches(tables).map((batch) => ({
    lane: batch.lane,
    sinceMs: batch.nextAttemptAtMs,
    work: {
      msn: batch.msn,
      rail: batch.rail,
      open: { id: batch.id, attempts: batch.attempts },
    },
  }));
  const anew = waitingMerchants(tables, cutoff).map((line) => ({
    lane: line.lane,
    sinceMs: line.enqueuedAtMs,
    work: { msn: line.msn, rail: line.rail, open: undefined },
  }));
  return [...again, ...anew]
    .filter((one) => one.lane === lane)
    .toSorted((left, right) => left.sinceMs - right.sinceMs)
    .slice(0, limit)
    .map(({ work }) => work);
}

function form(tables: Tables, held: HeldLane, order: BatchOrder): Batch | undefined {
  if (heldRow(tables, held) === undefined) return undefined;
  const { id, msn, rail, linesMax, resendDelayMs } = order;
  const counted = linesOfPayments(tables, held.lane, order);
  const picked = [...counted].flatMap(([paymentId, { lines }]) =>
    tables.updates
      .where((line) => line.paymentId === paymentId && line.state === 'WAITING')
      .toSorted((left, right) => left.sequence - right.sequence)
      .slice(0, lines),
  );
  if (picked.length === 0) return undefined;
  if (hasOpenBatch(tables, order))
    throw new Error(`The merchant has an open batch; at most ${linesMax} lines were asked for`);
  const batch = {
    msn,
    rail,
    id,
    lane: held.lane,
    lines: picked.length,
    state: 'OPEN',
    attempts: 1,
    refusedAttempts: 0,
    nextAttemptAtMs: tables.nowMs() + resendDelayMs,
  } as const;
  tables.batches.add(batch);
  picked.forEach((line, place) => {
    tables.updates.put({ ...line, state: 'BATCHED', batchId: id, position: place + 1 });
  });
  return toBatch(tables, batch);
}

/** How many lines each payment gives, the payments in the order of their oldest. */
function linesOfPayments(
  tables: Tables,
  lane: number,
  { msn, rail, cutoff, linesMax }: BatchOrder,
) {
  const isDead = (payment: string): boolean =>
    tables.updates.has(({ paymentId, state }) => paymentId === payment && state === 'DEAD');
  const oldest = tables.updates
    .where(
      (line) =>
        line.lane === lane &&
        line.msn === msn &&
        line.rail === rail &&
        line.state === 'WAITING' &&
        isBefore(line.enqueuedAtMs, cutoff) &&
        !isDead(line.paymentId),
    )
    .toSorted(
      (left, right) =>
        left.enqueuedAtMs - right.enqueuedAtMs ||
        compare(left.paymentId, right.paymentId) ||
        left.sequence - right.sequence,
    )
    .slice(0, Math.min(linesMax, tables.queues.get(`${msn}/${rail}`)?.linesMax ?? linesMax));
  const counted = new Map<string, { lines: number }>();
  for (const { paymentId } of oldest) {
    counted.set(paymentId, { lines: (counted.get(paymentId)?.lines ?? 0) + 1 });
  }
  return counted;
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function openBatch(
  tables: Tables,
  held: HeldLane,
  { msn, id }: Pick<Batch, 'msn' | 'id'>,
): BatchRow | undefined {
  if (heldRow(tables, held) === undefined) return undefined;
  const batch = tables.batches.get(`${msn}/${id}`);
  return batch?.state === 'OPEN' ? batch : undefined;
}

function membersOf(tables: Tables, id: string): readonly StatusUpdateRow[] {
  return tables.updates
    .where(({ batchId }) => batchId === id)
    .toSorted((left, right) => (left.position ?? 0) - (right.position ?? 0));
}

function toBatch(tables: Tables, { id, msn, rail, attempts }: BatchRow): Batch {
  return {
    id,
    msn,
    rail,
    attempt: attempts,
    lines: membersOf(tables, id).map((row) => ({
      paymentId: row.paymentId,
      sequence: row.sequence,
      line: {
        pspTransactionId: row.pspTransactionId,
        status: row.status,
        amount: { minor: row.amountMinor, currency: row.currency },
        ...(row.paymentText !== null && { paymentText: row.paymentText }),
        operationStatus: row.operationStatus,
      },
    })),
  };
}

interface Settlement {
  readonly batchState: BatchRow['state'];
  readonly line: Partial<StatusUpdateRow>;
  readonly event: string;
  readonly queue: (batch: BatchRow) => void;
}

function settleBatch(
  tables: Tables,
  batch: BatchRow | undefined,
  { batchState, line, event, queue }: Settlement,
): boolean {
  if (batch === undefined) return false;
  tables.batches.put({ ...batch, state: batchState });
  queue(batch);
  for (const member of membersOf(tables, batch.id).toSorted((l, r) => l.sequence - r.sequence)) {
    tables.updates.put({ ...member, ...line });
    const payment = tables.payments.get(member.paymentId);
    if (payment) move(tables, payment, {}, { event, amountMinor: member.amountMinor });
  }
  return true;
}
