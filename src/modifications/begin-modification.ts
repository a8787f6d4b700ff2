import { type Transaction } from '../database/database.ts';
import { nextState } from '../payments/payment-state.ts';
import { modificationReferenceOf } from '../payments/references.ts';
import { invariant } from '../shared/errors.ts';
import { judgeModification, type Wish } from './judge-modification.ts';
import { type KnownModification } from './modification-repository.ts';
import { type ModificationResult, resultOf } from './modification-result.ts';
import { type ModificationStore } from './modification-store.ts';
import { type ModificationWork } from './modification-work.ts';
import { type LockedPayment, remainderMinor } from './modification.ts';
import { operationIdOf } from './operation-id.ts';

interface Beginning {
  readonly store: ModificationStore;
  readonly msn: string;
  readonly reference: string;
  readonly wish: Wish;
  readonly idempotencyKey: string | null;
  readonly owner: string;
  readonly leaseMs: number;
}

export type BegunOrRefused =
  | { readonly kind: 'BEGUN'; readonly work: ModificationWork }
  /** There is nothing to ask the acquirer. */
  | { readonly kind: 'SETTLED'; readonly result: ModificationResult };

/**
 * Locks the payment and, where it allows the wish, sets the amount aside. The row lock decides
 * between this, the customer, the clock and other modifications. What the key stands for already is
 * not begun again: the answer says how far it is.
 */
export async function beginOrRefuse(
  trx: Transaction,
  beginning: Beginning,
): Promise<BegunOrRefused> {
  const { store, msn, reference, wish, idempotencyKey } = beginning;
  const payment = await store.lockPayment(trx, msn, reference);
  if (payment === undefined) return settled({ kind: 'NOT_FOUND' });

  const ordinal = await store.countModifications(trx, payment.id, wish.kind);
  const operationId = operationIdOf(wish.kind, idempotencyKey, ordinal);
  const known = await store.findModification(trx, payment.id, operationId);
  if (known !== undefined) return settled(resultOfKnown(known, wish, payment));

  const refusal = judgeModification(payment, wish);
  if (refusal !== undefined) return settled({ kind: 'REFUSED', refusal });
  if (payment.state !== 'AUTHORISED') return terminated(trx, beginning, payment);
  return begun(trx, beginning, { payment, operationId });
}

function settled(result: ModificationResult): BegunOrRefused {
  return { kind: 'SETTLED', result };
}

/** The idempotency records tell other requests apart; this speaks when they have been forgotten. */
function resultOfKnown(
  known: KnownModification,
  wish: Wish,
  payment: LockedPayment,
): ModificationResult {
  const isSame = wish.kind === 'CANCEL' || wish.amount.minor === known.amountMinor;
  return isSame ? resultOf(known, payment) : { kind: 'KEY_REUSED' };
}

/** Nothing is authorised: there is nothing to give up at the acquirer, and nothing to report to Vipps. */
async function terminated(
  trx: Transaction,
  { store, idempotencyKey }: Beginning,
  payment: LockedPayment,
): Promise<BegunOrRefused> {
  const toState = nextState(payment.state, 'MERCHANT_CANCELLED');
  invariant(toState !== undefined, 'A payment that allows a cancel can be ended');
  await store.terminate(trx, { paymentId: payment.id, toState, idempotencyKey });
  const now = { ...payment, state: toState, version: payment.version + 1 };
  return settled({ kind: 'DONE', payment: now });
}

async function begun(
  trx: Transaction,
  { store, wish, idempotencyKey, owner, leaseMs }: Beginning,
  { payment, operationId }: { readonly payment: LockedPayment; readonly operationId: string },
): Promise<BegunOrRefused> {
  const work = await store.beginModification(trx, {
    paymentId: payment.id,
    operationId,
    kind: wish.kind,
    amountMinor: wish.kind === 'CANCEL' ? remainderMinor(payment) : wish.amount.minor,
    acquirerReference: modificationReferenceOf(payment.pspTransactionId, operationId),
    idempotencyKey,
    reason: null,
    owner,
    leaseMs,
    attempts: 1,
  });
  invariant(work !== undefined, 'A locked payment can be modified');
  return { kind: 'BEGUN', work };
}
