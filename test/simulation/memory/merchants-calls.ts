import { type IdempotencyRepository } from '../../../src/idempotency/idempotency-repository.ts';
import { type Claim, type IdempotentCall } from '../../../src/idempotency/idempotent-call.ts';
import { paymentTextOf } from '../../../src/initiate-payment/compose-init.ts';
import {
  type InitiationRepository,
  type NewPayment,
  type Supersession,
} from '../../../src/initiate-payment/initiation-repository.ts';
import { inTurn } from './statement.ts';
import { type IdempotencyRow, isSilent, move, type PaymentRow, type Tables } from './tables.ts';

const silentMsMax = 3_000;
const claimMs = 30_000;
const dayMs = 86_400_000;

const keyOf = ({ msn, key }: Pick<IdempotentCall, 'msn' | 'key'>): string => `${msn}/${key}`;

export function memoryIdempotency(tables: Tables): IdempotencyRepository {
  const standing = ({ call, fence }: Claim): IdempotencyRow | undefined => {
    const row = tables.idempotency.get(keyOf(call));
    return row?.fence === fence && row.answer === null ? row : undefined;
  };
  return {
    claim: inTurn((call, owner) => {
      const known = tables.idempotency.get(keyOf(call));
      const claimedUntilMs = tables.nowMs() + claimMs;
      if (known === undefined) {
        const row = { ...call, owner, claimedUntilMs, createdAtMs: tables.nowMs() };
        tables.idempotency.add({ ...row, paymentId: null, answer: null, fence: 1 });
        return { kind: 'CLAIMED', claim: { call, fence: 1, paymentId: null } };
      }
      if (known.operation !== call.operation || !known.fingerprint.equals(call.fingerprint))
        return { kind: 'OTHER_REQUEST' };
      if (known.answer !== null) return { kind: 'ANSWERED', answer: known.answer };
      const isFree =
        known.owner === null ||
        (known.claimedUntilMs ?? 0) < tables.nowMs() ||
        isSilent(tables, known.owner, silentMsMax);
      if (!isFree) return { kind: 'RUNNING' };
      const fence = known.fence + 1;
      tables.idempotency.put({ ...known, owner, fence, claimedUntilMs });
      return { kind: 'CLAIMED', claim: { call, fence, paymentId: known.paymentId } };
    }),
    began: inTurn(({ call, fence }, paymentId) => {
      const row = tables.idempotency.get(keyOf(call));
      if (row?.fence === fence) tables.idempotency.put({ ...row, paymentId });
    }),
    holds: inTurn((claim) => standing(claim) !== undefined),
    finish: inTurn((claim, answer) => {
      const row = standing(claim);
      if (row === undefined) throw new Error('An answer is kept by whoever holds the claim');
      const { status, body } = answer;
      tables.idempotency.put({ ...row, answer: { status, body } });
    }),
    release: inTurn((claim) => {
      const row = standing(claim);
      if (row) tables.idempotency.put({ ...row, owner: null, claimedUntilMs: null });
    }),
    forget: inTurn((olderThanDays, limit) => {
      const old = tables.idempotency
        .where(({ createdAtMs }) => createdAtMs < tables.nowMs() - olderThanDays * dayMs)
        .slice(0, limit);
      for (const row of old) tables.idempotency.remove(keyOf(row));
      return old.length;
    }),
  };
}

export function memoryInitiations(tables: Tables): InitiationRepository {
  const paymentOf = (id: string): PaymentRow => {
    const payment = tables.payments.get(id);
    if (payment === undefined)
      throw new Error('A payment that an idempotency key began is not there');
    return payment;
  };
  return {
    add: inTurn((payment) => add(tables, payment)),
    lock: inTurn((paymentId) => {
      const { state, version, rail, pspTransactionId } = paymentOf(paymentId);
      const { merchantOrderId = '', requestId = '' } =
        tables.transactions.get(pspTransactionId) ?? {};
      return {
        state,
        version,
        rail,
        transaction: { pspTransactionId, merchantOrderId, requestId },
      };
    }),
    supersede: inTurn((supersession) => supersede(tables, supersession)),
    initiated: inTurn(({ paymentId, vippsRedirectUrl: redirectUrl }) => {
      move(tables, paymentOf(paymentId), { redirectUrl }, { event: 'INITIATED' });
    }),
    unanswered: inTurn((paymentId) => {
      move(tables, paymentOf(paymentId), {}, { event: 'INIT_UNANSWERED' });
    }),
    refused: inTurn(({ paymentId, toState, releaseReference }) => {
      const tell = releaseReference ? null : 'ABORTED';
      const change = { state: toState, referenceReleased: releaseReference };
      move(tables, paymentOf(paymentId), change, { event: 'REFUSED', tell });
    }),
  };
}

const untouched = {
  referenceReleased: false,
  state: 'CREATED',
  version: 1,
  authorisedMinor: 0n,
  capturedMinor: 0n,
  capturingMinor: 0n,
  cancelledMinor: 0n,
  cancellingMinor: 0n,
  refundedMinor: 0n,
  refundingMinor: 0n,
  redirectUrl: null,
  bin: null,
  scheme: null,
  acquirerReference: null,
  authorisedAtMs: null,
} as const;

function add(tables: Tables, payment: NewPayment): boolean {
  const { id, msn, order, transaction, makePaymentTokenHash } = payment;
  const { reference, amount, userFlow, metadata } = order;
  const isTaken = tables.payments.has(
    (other) => other.msn === msn && other.reference === reference && !other.referenceReleased,
  );
  if (isTaken) return false;
  tables.payments.add({
    ...untouched,
    id,
    msn,
    reference,
    rail: payment.rail,
    pspTransactionId: transaction.pspTransactionId,
    currency: amount.currency,
    amountMinor: amount.minor,
    userFlow,
    metadata,
    paymentText: paymentTextOf(order),
    expiresAtMs: tables.nowMs() + payment.expirySeconds * 1_000,
  });
  tables.transactions.add({
    paymentId: id,
    ...transaction,
    makePaymentTokenHash,
    superseded: false,
  });
  const entry = { paymentId: id, sequence: 1, amountMinor: amount.minor };
  tables.operations.add({ ...entry, event: 'CREATED' });
  tables.events.add({ ...entry, name: 'CREATED' });
  return true;
}

function supersede(tables: Tables, supersession: Supersession): boolean {
  const { paymentId, from, to, makePaymentTokenHash } = supersession;
  const payment = tables.payments.get(paymentId);
  const before = tables.transactions.get(from.pspTransactionId);
  const isAsBefore =
    payment?.state === 'CREATED' &&
    payment.pspTransactionId === from.pspTransactionId &&
    !tables.legs.has((leg) => leg.paymentId === paymentId);
  if (!isAsBefore || before === undefined) return false;
  tables.transactions.put({ ...before, superseded: true });
  tables.transactions.add({ paymentId, ...to, makePaymentTokenHash, superseded: false });
  move(tables, payment, { pspTransactionId: to.pspTransactionId }, { event: 'SUPERSEDED' });
  return true;
}
