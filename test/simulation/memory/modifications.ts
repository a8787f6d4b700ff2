import { type ModificationStore } from '../../../src/modifications/modification-store.ts';
import { type ModificationWork } from '../../../src/modifications/modification-work.ts';
import {
  doneAs,
  type LockedPayment,
  type ModificationKind,
} from '../../../src/modifications/modification.ts';
import { type Currency } from '../../../src/shared/money.ts';
import { inTurn } from './statement.ts';
import {
  isSilent,
  laneOf,
  type ModificationRow,
  move,
  type PaymentRow,
  type Tables,
} from './tables.ts';

const dayMs = 86_400_000;

const amounts = {
  CAPTURE: { underWay: 'capturingMinor', done: 'capturedMinor' },
  CANCEL: { underWay: 'cancellingMinor', done: 'cancelledMinor' },
  REFUND: { underWay: 'refundingMinor', done: 'refundedMinor' },
} as const satisfies Record<ModificationKind, unknown>;

export function memoryModifications(tables: Tables): ModificationStore {
  const keyOf = (paymentId: string, operationId: string): string => `${paymentId}/${operationId}`;
  const mine = (work: ModificationWork) => {
    const row = tables.modifications.get(keyOf(work.paymentId, work.operationId));
    const payment = tables.payments.get(work.paymentId);
    const isMine = row?.fence === work.fence && row.state === 'UNDER_WAY';
    return isMine && payment ? { row, payment } : undefined;
  };
  const settle = (row: ModificationRow, state: ModificationRow['state'], responseCode: string) => {
    const over = { nextAttemptAtMs: null, leasedUntilMs: null };
    tables.modifications.put({ ...row, ...over, state, responseCode });
  };

  return {
    lockPayment: inTurn((msn: string, reference: string) => {
      const [payment] = tables.payments.where(
        (row) => row.msn === msn && row.reference === reference && !row.referenceReleased,
      );
      return payment && toLocked(tables, payment);
    }),
    lockPaymentById: inTurn((paymentId: string) => {
      const payment = tables.payments.get(paymentId);
      return payment && toLocked(tables, payment);
    }),
    lockPaymentsByPspTransactionId: inTurn((ids: readonly string[]) =>
      tables.payments
        .where(({ pspTransactionId }) => ids.includes(pspTransactionId))
        .map((payment) => toLocked(tables, payment)),
    ),
    findModification: inTurn((paymentId: string, operationId: string) =>
      tables.modifications.get(keyOf(paymentId, operationId)),
    ),
    countModifications: inTurn(
      (paymentId: string, kind: ModificationKind) =>
        tables.modifications.where((row) => row.paymentId === paymentId && row.kind === kind)
          .length,
    ),
    terminate: inTurn(({ paymentId, toState }) => {
      const payment = tables.payments.get(paymentId);
      if (payment)
        move(
          tables,
          payment,
          { state: toState },
          { event: 'MERCHANT_CANCELLED', tell: 'TERMINATED' },
        );
    }),
    beginModification: inTurn((modification) => {
      const { paymentId, kind, amountMinor, operationId, leaseMs } = modification;
      const payment = tables.payments.get(paymentId);
      if (payment === undefined) return undefined;
      const { underWay } = amounts[kind];
      const change = { [underWay]: payment[underWay] + amountMinor };
      move(tables, payment, change, { event: `${kind}_BEGUN`, amountMinor });
      const { acquirerReference, attempts, owner } = modification;
      const row = {
        paymentId,
        operationId,
        kind,
        amountMinor,
        carriedOutBy: 'ADAPTER',
        state: 'UNDER_WAY',
        acquirerReference,
        responseCode: null,
        contentHash: null,
        attempts,
        nextAttemptAtMs: tables.nowMs(),
        owner,
        leasedUntilMs: tables.nowMs() + leaseMs,
        fence: 1,
      } as const;
      tables.modifications.add(row);
      return toWork(tables, row);
    }),
    recordDone: inTurn((work, { responseCode }) => {
      const found = mine(work);
      if (found === undefined) return undefined;
      const { row, payment } = found;
      settle(row, 'DONE', responseCode);
      const { underWay, done } = amounts[row.kind];
      const change = {
        [underWay]: payment[underWay] - row.amountMinor,
        [done]: payment[done] + row.amountMinor,
      };
      const event = doneAs[row.kind];
      return move(tables, payment, change, { event, amountMinor: row.amountMinor, tell: event })
        .version;
    }),
    recordRefused: inTurn((work, responseCode) => {
      const found = mine(work);
      if (found === undefined) return;
      const { row, payment } = found;
      settle(row, 'REFUSED', responseCode);
      const { underWay } = amounts[row.kind];
      const { amountMinor } = row;
      const change = { [underWay]: payment[underWay] - amountMinor };
      move(tables, payment, change, { event: `${row.kind}_REFUSED`, amountMinor });
    }),
    recordUnanswered: inTurn((work, { delayMs }) => {
      const found = mine(work);
      if (found === undefined) return;
      const { row, payment } = found;
      const nextAttemptAtMs = tables.nowMs() + delayMs;
      tables.modifications.put({ ...row, nextAttemptAtMs, leasedUntilMs: null, owner: null });
      const { amountMinor } = row;
      move(tables, payment, {}, { event: `${row.kind}_UNANSWERED`, amountMinor });
    }),
    claimUnfinished: inTurn(({ owner, leaseMs, silentMsMax, limit }) => {
      const nowMs = tables.nowMs();
      const isFree = (row: ModificationRow): boolean =>
        row.leasedUntilMs === null ||
        row.leasedUntilMs < nowMs ||
        isSilent(tables, row.owner, silentMsMax);
      return tables.modifications
        .where(
          (row) =>
            row.state === 'UNDER_WAY' && (row.nextAttemptAtMs ?? Infinity) <= nowMs && isFree(row),
        )
        .toSorted((left, right) => (left.nextAttemptAtMs ?? 0) - (right.nextAttemptAtMs ?? 0))
        .slice(0, limit)
        .map((row) => {
          const { fence, attempts } = { fence: row.fence + 1, attempts: row.attempts + 1 };
          const taken = { ...row, owner, fence, attempts, leasedUntilMs: nowMs + leaseMs };
          tables.modifications.put(taken);
          return toWork(tables, taken);
        });
    }),
    findKnown: inTurn((operations) =>
      operations.flatMap(({ paymentId, operationId }) => {
        const row = tables.modifications.get(keyOf(paymentId, operationId));
        return row ? [{ paymentId, operationId, contentHash: row.contentHash }] : [];
      }),
    ),
    addElsewhere: inTurn((operations) => {
      for (const {
        paymentId,
        operationId,
        kind,
        amountMinor,
        contentHash,
        succeeded,
      } of operations) {
        const payment = tables.payments.get(paymentId);
        if (payment === undefined) continue;
        const { done } = amounts[kind];
        const change = succeeded ? { [done]: payment[done] + amountMinor } : {};
        const event = succeeded ? doneAs[kind] : `${kind}_FAILED`;
        move(tables, payment, change, {
          event,
          amountMinor,
          tell: succeeded ? doneAs[kind] : null,
        });
        tables.modifications.add({
          paymentId,
          operationId,
          kind,
          amountMinor,
          carriedOutBy: 'ELSEWHERE',
          state: succeeded ? 'DONE' : 'FAILED_ELSEWHERE',
          acquirerReference: null,
          responseCode: null,
          contentHash,
          attempts: 0,
          nextAttemptAtMs: null,
          owner: null,
          leasedUntilMs: null,
          fence: 0,
        });
      }
    }),
    // Authorisations live for days: none lapses here.
    noteNearLapse: inTurn(() => []),
    findLapsed: inTurn(() => []),
    enqueueStatusUpdates: inTurn((updates) => {
      for (const update of updates) {
        tables.updates.add({
          ...update,
          currency: update.currency as Currency,
          rail: tables.payments.get(update.paymentId)?.rail ?? 'psp-v2',
          lane: laneOf(update.msn),
          state: 'WAITING',
          batchId: null,
          position: null,
          enqueuedAtMs: tables.nowMs(),
        });
      }
    }),
  };
}

function toLocked(tables: Tables, row: PaymentRow): LockedPayment {
  const { authorisedAtMs } = row;
  return {
    ...row,
    pspReference: `${row.id}-1`,
    authorisedDaysAgo:
      authorisedAtMs === null ? null : Math.floor((tables.nowMs() - authorisedAtMs) / dayMs),
  };
}

function toWork(tables: Tables, row: ModificationRow): ModificationWork {
  const payment = tables.payments.get(row.paymentId);
  const terms = payment && tables.merchants.get(payment.msn);
  if (!terms) throw new Error('A modification belongs to a payment of a merchant');
  const { paymentId, operationId, kind, amountMinor, attempts, fence } = row;
  const { currency, msn, pspTransactionId, paymentText } = payment;
  return {
    paymentId,
    operationId,
    kind,
    amountMinor,
    currency,
    msn,
    pspTransactionId,
    paymentText,
    acquirerReference: row.acquirerReference ?? '',
    originalReference: payment.acquirerReference ?? '',
    merchant: terms.merchant,
    attempts,
    fence,
  };
}
