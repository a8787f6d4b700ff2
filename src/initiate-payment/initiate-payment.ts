import { inTransaction, type Transaction } from '../database/database.ts';
import {
  type Claim,
  type IdempotentCall,
  sticks,
  type StoredAnswer,
} from '../idempotency/idempotent-call.ts';
import {
  type IdempotencyDependencies,
  waitForRivalMsMax,
  withClaim,
  type Worked,
} from '../idempotency/with-claim.ts';
import { type Merchant } from '../merchants/merchant.ts';
import { newPaymentId } from '../payments/payment-id.ts';
import { nextState, type PaymentState } from '../payments/payment-state.ts';
import { type Rail } from '../payments/rail.ts';
import { messageOf } from '../shared/errors.ts';
import { sha256 } from '../shared/secret.ts';
import { announce, type AnnounceDependencies, type Announced } from './announce.ts';
import { type InitiationOutcome, unknownFate } from './initiation-outcome.ts';
import { type PaymentOrder } from './payment-order.ts';
import { newPspTransaction, type PspTransaction } from './psp-transaction.ts';

export interface Initiation {
  readonly merchant: Merchant;
  readonly order: PaymentOrder;
  readonly call: IdempotentCall;
  /** The answer in the caller's words: it is stored with the outcome, in one transaction. */
  readonly answerOf: (outcome: InitiationOutcome) => StoredAnswer;
}

export type Initiated = Exclude<Worked<StoredAnswer>, { kind: 'WORKED' }>;

/**
 * Begins a payment once for its idempotency key: writes it down, tells Vipps with no transaction
 * open, and writes down what came of it together with the merchant's answer. What a crash or silence
 * interrupts is resumed by the next request with the key, towards Vipps as the same call.
 */
export type InitiatePayment = (initiation: Initiation) => Promise<Initiated>;

export interface InitiatePaymentDependencies extends AnnounceDependencies {
  readonly idempotency: IdempotencyDependencies;
  /** From the payment's row on, by the database's clock. */
  readonly expirySeconds: number;
}

export function createInitiatePayment(dependencies: InitiatePaymentDependencies): InitiatePayment {
  const { idempotency, clock } = dependencies;

  return async (initiation) => {
    const untilMs = clock.monotonicMs() + waitForRivalMsMax;
    for (;;) {
      const begun = await withClaim(idempotency, initiation.call, untilMs, (trx, claim) =>
        begin(dependencies, initiation, trx, claim),
      );
      if (begun.kind !== 'WORKED') return begun;
      if (begun.result.kind === 'ANSWERED') return begun.result;
      const answer = await carryOut(dependencies, initiation, begun.result);
      // Somebody took the call over: theirs is the answer, and it is waited for.
      if (answer !== undefined) return { kind: 'ANSWERED', answer };
    }
  };
}

interface Begun {
  readonly kind: 'BEGUN';
  readonly claim: Claim;
  readonly paymentId: string;
  /** The payment's own: its merchant's may be another by now. */
  readonly rail: Rail;
  readonly transaction: PspTransaction;
  readonly resumed: boolean;
}

async function begin(
  dependencies: InitiatePaymentDependencies,
  initiation: Initiation,
  trx: Transaction,
  claim: Claim,
): Promise<Begun | { readonly kind: 'ANSWERED'; readonly answer: StoredAnswer }> {
  if (claim.paymentId !== null) return resume(dependencies, initiation, trx, claim);

  const { initiations, tokens, expirySeconds, idempotency, clock, random } = dependencies;
  const { merchant, order, call } = initiation;
  const { rail } = merchant;
  const paymentId = newPaymentId(clock, random);
  const transaction = newPspTransaction(random);
  const added = await initiations.add(trx, {
    id: paymentId,
    msn: merchant.msn,
    rail,
    order,
    transaction,
    makePaymentTokenHash: sha256(tokens.makePaymentToken(transaction).expose()),
    returnTokenHash: sha256(tokens.returnToken(paymentId).expose()),
    expirySeconds,
    idempotencyKey: call.key,
  });
  if (!added) {
    const answer = initiation.answerOf({ kind: 'REFERENCE_EXISTS' });
    await idempotency.repository.finish(trx, claim, answer);
    return { kind: 'ANSWERED', answer };
  }
  await idempotency.repository.began(trx, claim, paymentId);
  return { kind: 'BEGUN', claim, paymentId, rail, transaction, resumed: false };
}

async function resume(
  { initiations, idempotency, log }: InitiatePaymentDependencies,
  initiation: Initiation,
  trx: Transaction,
  claim: Claim,
): Promise<Begun | { readonly kind: 'ANSWERED'; readonly answer: StoredAnswer }> {
  const paymentId = claim.paymentId ?? '';
  const { state, rail, transaction } = await initiations.lock(trx, paymentId);
  log.info({ event: 'initiation.resumed', paymentId, state });
  if (state === 'CREATED') {
    return { kind: 'BEGUN', claim, paymentId, rail, transaction, resumed: true };
  }
  const answer = initiation.answerOf(afterTheFact(state));
  await idempotency.repository.finish(trx, claim, answer);
  return { kind: 'ANSWERED', answer };
}

/** Init and what follows. Undefined when the call was taken over in the meantime. */
async function carryOut(
  dependencies: InitiatePaymentDependencies,
  initiation: Initiation,
  begun: Begun,
): Promise<StoredAnswer | undefined> {
  const { database, idempotency, log } = dependencies;
  const { merchant, order } = initiation;
  const { paymentId, rail, transaction, resumed, claim } = begun;
  try {
    const announced = await announce(dependencies, {
      payment: { paymentId, rail, order, useReturnPage: merchant.useReturnPage },
      msn: merchant.msn,
      transaction,
      inDoubt: resumed,
    });
    return await inTransaction(database, 'initiation-conclude', (trx) =>
      conclude(dependencies, initiation, { ...begun, announced }, trx),
    );
  } catch (error) {
    log.error({ event: 'initiation.interrupted', paymentId, reason: messageOf(error) });
    await inTransaction(database, 'initiation-release', (trx) =>
      idempotency.repository.release(trx, claim),
    ).catch(() => undefined);
    throw error;
  }
}

async function conclude(
  dependencies: InitiatePaymentDependencies,
  initiation: Initiation,
  begun: Begun & { readonly announced: Announced },
  trx: Transaction,
): Promise<StoredAnswer | undefined> {
  const { repository } = dependencies.idempotency;
  if (!(await repository.holds(trx, begun.claim))) return undefined;
  const outcome = await record(dependencies, initiation.order, begun, trx);
  const answer = initiation.answerOf(outcome);
  if (sticks(answer.status)) await repository.finish(trx, begun.claim, answer);
  else await repository.release(trx, begun.claim);
  return answer;
}

/** Writes what Vipps said to the payment, as far as the payment still waits for it. */
async function record(
  { initiations, log }: InitiatePaymentDependencies,
  order: PaymentOrder,
  { paymentId, resumed, announced }: Begun & { readonly announced: Announced },
  trx: Transaction,
): Promise<InitiationOutcome> {
  const { state } = await initiations.lock(trx, paymentId);
  if (announced.kind === 'MOVED_ON') return afterTheFact(state);

  const { outcome, inDoubt } = announced;
  // What Vipps' support asks for.
  const contextId = 'contextId' in outcome ? outcome.contextId : undefined;
  log.info({ event: 'initiation.answered', paymentId, outcome: outcome.kind, state, contextId });
  if (outcome.kind === 'INITIATED') {
    const { vippsRedirectUrl } = outcome;
    await initiations.initiated(trx, { paymentId, vippsRedirectUrl, resumed });
    const isRedirected = order.userFlow !== 'PUSH_MESSAGE';
    return { kind: 'INITIATED', redirectUrl: isRedirected ? vippsRedirectUrl : null };
  }
  if (outcome.kind !== 'REFUSED') {
    await initiations.unanswered(trx, paymentId, outcome.kind);
    return unknownFate(outcome);
  }

  const toState = nextState(state, 'REFUSED');
  if (toState !== undefined) {
    await initiations.refused(trx, {
      paymentId,
      toState,
      vippsCode: outcome.code,
      // After a lost answer it is not certain that no customer can see the payment.
      releaseReference: !inDoubt,
    });
  } else if (wasCalledBack(state)) {
    return afterTheFact(state);
  }
  return { kind: 'REFUSED_BY_VIPPS', vippsCode: outcome.code, message: outcome.message };
}

/** A callback came: then init took effect, whatever its answer would have been. */
function wasCalledBack(state: PaymentState): boolean {
  return state !== 'CREATED' && state !== 'EXPIRED' && state !== 'TERMINATED';
}

function afterTheFact(state: PaymentState): InitiationOutcome {
  return wasCalledBack(state) ? { kind: 'INITIATED', redirectUrl: null } : { kind: 'ENDED_BEFORE' };
}
