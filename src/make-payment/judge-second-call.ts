import { type PaymentState } from '../payments/payment-state.ts';
import { type StepUpState } from '../payments/step-up-state.ts';
import { type MakePaymentRequest } from './messages.ts';
import { reasonOf } from './refuse-call.ts';
import { type FailReason } from './reply.ts';
import { type FoundStepUp } from './step-up-leg-repository.ts';

/** What a call is that meets a payment whose first leg was answered with a step-up. */
export type SecondCall =
  /** The first call once more: Vipps does not say which one it means. */
  | { readonly kind: 'DUPLICATE' }
  | { readonly kind: 'REFUSED'; readonly reason: FailReason }
  | { readonly kind: 'CONFIRMED'; readonly stepUp: FoundStepUp };

/**
 * On the PSP API nothing marks the second call, and bodies cannot be compared: the encrypted card is
 * another text each time. A call is the first one's duplicate until the challenge has ended, and the
 * second one afterwards. That the customer gave up is news at any time, and final.
 */
export function judgeSecondCall(
  state: PaymentState,
  stepUp: FoundStepUp | undefined,
  request: MakePaymentRequest,
): SecondCall {
  if (request.kind !== 'NOT_CONFIRMED' && state === 'STEP_UP' && stepUp) {
    if (isUnderWay(stepUp)) return { kind: 'DUPLICATE' };
    if (stepUp.state === 'SUCCEEDED' && request.kind === 'CONFIRMED') {
      return { kind: 'CONFIRMED', stepUp };
    }
  }
  return { kind: 'REFUSED', reason: reasonOf(request, reasonOfEnd[stepUp?.state ?? 'CLOSED']) };
}

function isUnderWay({ state, hasExpired }: FoundStepUp): boolean {
  return (state === 'OPEN' || state === 'ENTERED') && !hasExpired;
}

/** What a good call is told when there is nothing to authorise with. */
const reasonOfEnd: Readonly<Record<StepUpState, FailReason>> = {
  OPEN: 'CHALLENGE_TIMED_OUT',
  ENTERED: 'CHALLENGE_TIMED_OUT',
  TIMED_OUT: 'CHALLENGE_TIMED_OUT',
  FAILED: 'CHALLENGE_FAILED',
  CANCELLED: 'CHALLENGE_CANCELLED',
  // The payment was given up by itself in the meantime.
  SUCCEEDED: 'CHALLENGE_TIMED_OUT',
  CLOSED: 'CHALLENGE_TIMED_OUT',
};
