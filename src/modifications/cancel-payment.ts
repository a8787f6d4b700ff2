import { type Transaction } from '../database/database.ts';
import { type PaymentView } from '../payments/payment-repository.ts';
import { nextState, type PaymentState } from '../payments/payment-state.ts';
import { type ModificationRepository } from './modification-repository.ts';

export interface Cancellation {
  readonly msn: string;
  readonly reference: string;
  readonly idempotencyKey: string | null;
}

export type CancelOutcome =
  | { readonly kind: 'TERMINATED'; readonly payment: PaymentView }
  | { readonly kind: 'NOT_FOUND' }
  /** The customer's approval is being authorised: nothing changes. */
  | { readonly kind: 'PROCESSING' }
  | { readonly kind: 'ENDED'; readonly state: PaymentState }
  | { readonly kind: 'AUTHORISED' };

/**
 * The merchant gives a payment up. The payment's row decides between this, the customer and the
 * clock: whoever locks it first. Runs in the caller's transaction, beside the answer's record.
 */
export async function cancelPayment(
  repository: ModificationRepository,
  trx: Transaction,
  { msn, reference, idempotencyKey }: Cancellation,
): Promise<CancelOutcome> {
  const payment = await repository.lock(trx, msn, reference);
  if (payment === undefined) return { kind: 'NOT_FOUND' };

  const toState = nextState(payment.state, 'MERCHANT_CANCELLED');
  if (toState === undefined) return refusalOf(payment.state);
  await repository.terminate(trx, { paymentId: payment.id, toState, idempotencyKey });
  return {
    kind: 'TERMINATED',
    payment: { ...payment, state: toState, version: payment.version + 1 },
  };
}

function refusalOf(state: PaymentState): CancelOutcome {
  const kind = refusalKinds[state];
  return kind === 'ENDED' ? { kind, state } : { kind };
}

const refusalKinds = {
  CREATED: 'PROCESSING',
  AUTHORISING: 'PROCESSING',
  ANSWERING: 'PROCESSING',
  STEP_UP: 'PROCESSING',
  AUTHORISED: 'AUTHORISED',
  REVERSING: 'ENDED',
  FAILED: 'ENDED',
  ABORTED: 'ENDED',
  EXPIRED: 'ENDED',
  TERMINATED: 'ENDED',
} as const satisfies Record<PaymentState, CancelOutcome['kind']>;
