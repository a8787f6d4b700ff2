import { type InstanceRepository } from '../../../src/instances/instance-repository.ts';
import { type ExpiryRepository } from '../../../src/payments/expiry-repository.ts';
import {
  type ClaimRequest,
  type DueReversal,
  type ReversalRepository,
} from '../../../src/reversals/reversal-repository.ts';
import { orderReversal } from './legs.ts';
import { type Statement } from './statement.ts';
import { isSilent, move, type ReversalRow, type Tables } from './tables.ts';

export function memoryReversals(tables: Tables, statement: Statement): ReversalRepository {
  return {
    order: (leg, reason) =>
      statement('reversal-order', () => {
        const found = tables.legs.get(`${leg.paymentId}/${leg.attempt}/${leg.leg}`);
        const payment = tables.payments.get(leg.paymentId);
        if (!found || !payment) return;
        orderReversal(tables, found, reason);
        move(tables, payment, {}, { event: 'REVERSAL_ORDERED' });
      }),
    claim: (request) => statement('reversal-claim', () => claim(tables, request)),
    acknowledge: (reversal) =>
      statement('reversal-acknowledge', () => {
        const found = held(tables, reversal);
        if (found === undefined) return;
        const { row, payment } = found;
        tables.reversals.put({ ...row, state: 'ACKNOWLEDGED', leasedUntilMs: null });
        const change = payment.state === 'REVERSING' ? ({ state: 'FAILED' } as const) : {};
        move(tables, payment, change, { event: 'REVERSED' });
      }),
    postpone: (reversal, _answer, { delayMs, newMessage }) =>
      statement('reversal-postpone', () => {
        const found = held(tables, reversal);
        if (found === undefined) return;
        const { row, payment } = found;
        const ordinal = row.ordinal + (newMessage ? 1 : 0);
        const nextAttemptAtMs = tables.nowMs() + delayMs;
        tables.reversals.put({ ...row, ordinal, nextAttemptAtMs, leasedUntilMs: null });
        move(tables, payment, {}, { event: 'REVERSAL_POSTPONED' });
      }),
  };
}

function held(tables: Tables, reversal: DueReversal) {
  const row = tables.reversals.get(`${reversal.paymentId}/${reversal.attempt}/${reversal.leg}`);
  const payment = tables.payments.get(reversal.paymentId);
  const isHeld = row?.fence === reversal.fence && row.state === 'DUE';
  return isHeld && payment ? { row, payment } : undefined;
}

function claim(tables: Tables, request: ClaimRequest): readonly DueReversal[] {
  const { owner, leaseMs, limit, processingMsMax, silentMsMax } = request;
  const nowMs = tables.nowMs();
  const isFree = (row: ReversalRow): boolean =>
    row.leasedUntilMs === null ||
    row.leasedUntilMs < nowMs ||
    isSilent(tables, row.owner, silentMsMax);
  return tables.reversals
    .where((row) => row.state === 'DUE' && row.nextAttemptAtMs <= nowMs && isFree(row))
    .toSorted((left, right) => left.nextAttemptAtMs - right.nextAttemptAtMs)
    .slice(0, limit)
    .map((row) => {
      const { fence, attempts } = { fence: row.fence + 1, attempts: row.attempts + 1 };
      const { paymentId, attempt, leg, pspTransactionId, originalReference } = row;
      const proofFromMs = row.authorisationSentAtMs + processingMsMax;
      const mayBeSent = row.leasedUntilMs !== null && row.leasedUntilMs - leaseMs <= proofFromMs;
      const ordinal = row.ordinal + (mayBeSent ? 1 : 0);
      tables.reversals.put({
        ...row,
        owner,
        ordinal,
        fence,
        attempts,
        leasedUntilMs: nowMs + leaseMs,
      });
      return {
        paymentId,
        attempt,
        leg,
        pspTransactionId,
        originalReference,
        ordinal,
        attempts,
        fence,
        notFoundIsProof: nowMs > row.authorisationSentAtMs + processingMsMax,
      };
    });
}

export function memoryInstances(tables: Tables, statement: Statement): InstanceRepository {
  const dayMs = 86_400_000;
  return {
    beat: (id, silentMsMax) =>
      statement('instance-beat', () => {
        tables.instances.put({ id, heartbeatAtMs: tables.nowMs() });
        const silentAtMs = tables.instances
          .where((other) => other.id !== id && !isSilent(tables, other.id, silentMsMax))
          .map(({ heartbeatAtMs }) => heartbeatAtMs + silentMsMax - tables.nowMs());
        return silentAtMs.length > 0 ? Math.min(...silentAtMs) : undefined;
      }),
    leave: (id) =>
      statement('instance-leave', () => {
        tables.instances.remove(id);
      }),
    forgetLongSilent: () =>
      statement('instance-forget', () => {
        for (const { id } of tables.instances.where(
          ({ heartbeatAtMs }) => heartbeatAtMs < tables.nowMs() - dayMs,
        )) {
          tables.instances.remove(id);
        }
      }),
  };
}

export function memoryExpiry(tables: Tables, statement: Statement): ExpiryRepository {
  return {
    expireDue: (limit) =>
      statement('payment-expire', () =>
        tables.payments
          .where(
            ({ state, expiresAtMs }) =>
              (state === 'CREATED' || state === 'STEP_UP') && expiresAtMs <= tables.nowMs(),
          )
          .toSorted((left, right) => left.expiresAtMs - right.expiresAtMs)
          .slice(0, limit)
          .map((payment) => {
            move(tables, payment, { state: 'EXPIRED' }, { event: 'TIMED_OUT', tell: 'EXPIRED' });
            for (const session of tables.stepUps.where(
              ({ paymentId, state }) =>
                paymentId === payment.id && ['OPEN', 'ENTERED', 'SUCCEEDED'].includes(state),
            )) {
              tables.stepUps.put({
                ...session,
                state: 'TIMED_OUT',
                sealedAuthenticationValue: null,
              });
            }
            return payment.id;
          }),
      ),
  };
}
