import {
  type Decision,
  type FoundPayment,
  type LegKey,
  type LegRepository,
  type LegToOpen,
  type Refusal,
} from '../../../src/make-payment/leg-repository.ts';
import {
  type SoftDecline,
  type StepUpLegRepository,
} from '../../../src/make-payment/step-up-leg-repository.ts';
import { type Statement } from './statement.ts';
import { isSilent, laneOf, type LegRow, move, type PaymentRow, type Tables } from './tables.ts';

/** The statements of the makePayment call: what `leg-sql.ts` says, in a few lines each. */
export function memoryLegs(tables: Tables, statement: Statement): LegRepository {
  const write = <Item>(name: string, run: (item: Item) => boolean) => {
    return (item: Item) => statement(name, () => run(item));
  };
  return {
    find: (id) => statement('leg-find', () => find(tables, id)),
    open: write('leg-open', (leg: LegToOpen) => open(tables, leg)),
    decide: write('leg-decide', (decision: Decision) => decide(tables, decision)),
    refuse: write('leg-refuse', (refusal: Refusal) => refuse(tables, refusal)),
    deliver: ({ certain, delivery, ...leg }) =>
      statement('leg-deliver', () =>
        delivery === 'TOLD' ? told(tables, leg) : notTold(tables, leg, certain),
      ),
    takeOver: (owner, silentMs, limit) =>
      statement('leg-take-over', () => takeOver(tables, { owner, silentMs, limit })),
  };
}

const keyOf = ({ paymentId, attempt, leg }: LegKey): string => `${paymentId}/${attempt}/${leg}`;

function find(tables: Tables, pspTransactionId: string): FoundPayment | undefined {
  const transaction = tables.transactions.get(pspTransactionId);
  const payment = transaction && tables.payments.get(transaction.paymentId);
  const terms = payment && tables.merchants.get(payment.msn);
  if (!terms) return undefined;
  const [newest] = tables.legs
    .where(({ paymentId }) => paymentId === payment.id)
    .toSorted((left, right) => right.attempt - left.attempt || right.leg - left.leg);
  return {
    paymentId: payment.id,
    pspTransactionId,
    makePaymentTokenHash: transaction.makePaymentTokenHash,
    superseded: transaction.superseded,
    state: payment.state,
    rail: payment.rail,
    amountMinor: payment.amountMinor,
    currency: payment.currency,
    ...terms,
    leg: newest === undefined ? null : foundLeg(newest),
  };
}

function foundLeg({ paymentId, attempt, leg, reply, delivery }: LegRow) {
  return { paymentId, attempt, leg, reply, delivery };
}

function stillAsFound(
  tables: Tables,
  {
    paymentId,
    fromState,
    pspTransactionId,
  }: Pick<LegToOpen, 'paymentId' | 'fromState' | 'pspTransactionId'>,
): PaymentRow | undefined {
  const payment = tables.payments.get(paymentId);
  const isSame = payment?.state === fromState && payment.pspTransactionId === pspTransactionId;
  return isSame ? payment : undefined;
}

function newLeg(tables: Tables, of: LegToOpen | Refusal) {
  const { paymentId, attempt, leg, pspTransactionId, acquirerReference, owner } = of;
  const names = { paymentId, attempt, leg, pspTransactionId, acquirerReference, owner };
  return { ...names, fence: 1, openedAtMs: tables.nowMs(), delivery: 'NONE' } as const;
}

function open(tables: Tables, asked: LegToOpen): boolean {
  const payment = stillAsFound(tables, asked);
  if (payment === undefined) return false;
  const { acquirerReference, bin, scheme } = asked;
  const change = { state: 'AUTHORISING', acquirerReference, bin, scheme } as const;
  move(tables, payment, change, { event: 'CONFIRMED' });
  tables.legs.add({ ...newLeg(tables, asked), outcome: null, reply: null });
  return true;
}

function decide(tables: Tables, decision: Decision): boolean {
  const { owner, fence, reply, outcome, toState, event, merchantEvent, reversalReason } = decision;
  const leg = tables.legs.get(keyOf(decision));
  const payment = tables.payments.get(decision.paymentId);
  if (!leg || !payment || leg.owner !== owner || leg.fence !== fence) return false;
  // Written by an earlier try of the same owner.
  if (leg.reply !== null) return leg.reply.status === reply.status;
  const decided = { ...leg, reply, outcome };
  tables.legs.put(decided);
  move(tables, payment, { state: toState }, { event, tell: merchantEvent });
  if (reversalReason !== null) orderReversal(tables, decided, reversalReason);
  return true;
}

function refuse(tables: Tables, refusal: Refusal): boolean {
  const payment = stillAsFound(tables, refusal);
  if (payment === undefined || tables.legs.get(keyOf(refusal)) !== undefined) return false;
  const { toState, event, merchantEvent, outcome, reply } = refusal;
  move(tables, payment, { state: toState }, { event, tell: merchantEvent });
  tables.legs.add({ ...newLeg(tables, refusal), outcome, reply });
  return true;
}

/** What `step-up-leg-sql.ts` says. */
export function memoryStepUpLegs(tables: Tables, statement: Statement): StepUpLegRepository {
  const before = ({ leg, ...rest }: LegKey) => tables.stepUps.get(keyOf({ ...rest, leg: leg - 1 }));
  return {
    softDecline: (decision) => statement('step-up-begin', () => softDecline(tables, decision)),
    sessionOf: (key) =>
      statement('step-up-find', () => {
        const row = tables.stepUps.get(keyOf(key));
        return row && { ...row, hasExpired: row.expiresAtMs <= tables.nowMs() };
      }),
    open: (leg) =>
      statement('step-up-leg-open', () => {
        if (!open(tables, leg)) return false;
        const session = before(leg);
        if (session) tables.stepUps.put({ ...session, sealedAuthenticationValue: null });
        return true;
      }),
    refuse: (refusal) =>
      statement('step-up-leg-refuse', () => {
        if (!refuse(tables, refusal)) return false;
        const session = before(refusal);
        const state = refusal.outcome === 'CHALLENGE_TIMED_OUT' ? 'TIMED_OUT' : 'CLOSED';
        if (session && ['OPEN', 'ENTERED', 'SUCCEEDED'].includes(session.state))
          tables.stepUps.put({ ...session, state, sealedAuthenticationValue: null });
        return true;
      }),
  };
}

function softDecline(tables: Tables, decision: SoftDecline): boolean {
  const isNew = tables.legs.get(keyOf(decision))?.reply === null;
  const stands = decide(tables, { ...decision, event: 'SOFT_DECLINED', toState: 'STEP_UP' });
  if (!stands || !isNew) return stands;
  const { paymentId, attempt, leg, stepUp } = decision;
  tables.stepUps.add({
    paymentId,
    attempt,
    leg,
    state: 'OPEN',
    eci: null,
    threeDsTransactionId: null,
    sealedAuthenticationValue: null,
    expiresAtMs: tables.nowMs() + stepUp.validForMs,
  });
  return true;
}

/** The leg and its payment, where it has an approval whose delivery is not on record yet. */
function undelivered(tables: Tables, key: LegKey) {
  const leg = tables.legs.get(keyOf(key));
  const payment = tables.payments.get(key.paymentId);
  const waits = leg?.reply?.status === 'OK' && leg.delivery === 'NONE';
  return waits && payment ? { leg, payment } : undefined;
}

function told(tables: Tables, key: LegKey): boolean {
  const found = undelivered(tables, key);
  if (found === undefined) return false;
  const { leg, payment } = found;
  tables.legs.put({ ...leg, delivery: 'TOLD' });
  const change = {
    state: 'AUTHORISED',
    authorisedMinor: payment.amountMinor,
    authorisedAtMs: tables.nowMs(),
  } as const;
  move(tables, payment, change, { event: 'TOLD', tell: 'AUTHORIZED' });
  return true;
}

function notTold(tables: Tables, key: LegKey, certain: boolean): boolean {
  const found = undelivered(tables, key);
  if (found === undefined) return false;
  const { leg, payment } = found;
  tables.legs.put({ ...leg, delivery: 'NOT_TOLD' });
  const moved = move(
    tables,
    payment,
    { state: 'REVERSING' },
    { event: 'NOT_TOLD', tell: 'ABORTED' },
  );
  orderReversal(tables, leg, certain ? 'NOT_TOLD' : 'UNCERTAIN');
  if (certain) return true;
  // Vipps may have got the OK and be showing a reservation.
  const { msn, rail, currency, paymentText, amountMinor } = payment;
  tables.updates.add({
    paymentId: payment.id,
    sequence: moved.version,
    msn,
    rail,
    lane: laneOf(msn),
    pspTransactionId: leg.pspTransactionId,
    status: 'CANCELLED',
    amountMinor,
    currency,
    paymentText,
    operationStatus: 'SUCCESS',
    state: 'WAITING',
    batchId: null,
    position: null,
    enqueuedAtMs: tables.nowMs(),
  });
  return true;
}

function takeOver(
  tables: Tables,
  { owner, silentMs, limit }: { owner: string; silentMs: number; limit: number },
) {
  const isAbandoned = (leg: LegRow): boolean =>
    leg.owner === owner
      ? leg.fence > 1
      : leg.openedAtMs < tables.nowMs() - silentMs && isSilent(tables, leg.owner, silentMs);
  return tables.legs
    .where((leg) => isUnfinished(leg) && isAbandoned(leg))
    .toSorted((left, right) => left.openedAtMs - right.openedAtMs)
    .slice(0, limit)
    .map((leg) => {
      const taken = { ...leg, owner, fence: leg.fence + 1 };
      tables.legs.put(taken);
      const { paymentId, attempt, pspTransactionId, fence, reply } = taken;
      return { paymentId, attempt, leg: leg.leg, pspTransactionId, fence, replied: reply !== null };
    });
}

export function isUnfinished({ reply, delivery }: LegRow): boolean {
  return reply === null || (reply.status === 'OK' && delivery === 'NONE');
}

/** A reversal; where there was one before, a new message of it, and whoever works on the old one is fenced off. */
export function orderReversal(tables: Tables, leg: LegRow, reason: string): void {
  const { paymentId, attempt, pspTransactionId, acquirerReference } = leg;
  const before = tables.reversals.get(keyOf(leg));
  const nowMs = tables.nowMs();
  tables.reversals.put({
    paymentId,
    attempt,
    leg: leg.leg,
    pspTransactionId,
    originalReference: acquirerReference,
    ordinal: (before?.ordinal ?? 0) + 1,
    state: 'DUE',
    reason,
    authorisationSentAtMs: nowMs,
    orderedAtMs: before?.orderedAtMs ?? nowMs,
    nextAttemptAtMs: nowMs,
    attempts: 0,
    owner: before?.owner ?? null,
    leasedUntilMs: null,
    fence: before === undefined ? 0 : before.fence + 1,
  });
}
