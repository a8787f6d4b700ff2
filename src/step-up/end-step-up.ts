import { type StepUpProof } from '../acquirer/acquirer.ts';
import { merchantStateOf, nextState, type PaymentEvent } from '../payments/payment-state.ts';
import { invariant } from '../shared/errors.ts';
import { type ProofSeal, type SealedFor } from './proof-seal.ts';
import { type StepUpEnd } from './step-up-repository.ts';
import { type ChallengeResult } from './three-ds-server.ts';

const paymentEventOf = {
  FAILED: 'CHALLENGE_FAILED',
  CANCELLED: 'USER_CANCELLED',
  TIMED_OUT: 'TIMED_OUT',
} as const satisfies Record<string, PaymentEvent>;

/** The end of a challenge that came to nothing, and of its payment with it. */
export function fruitlessEnd(state: keyof typeof paymentEventOf): StepUpEnd {
  const event = paymentEventOf[state];
  const toState = nextState('STEP_UP', event);
  invariant(toState, `A payment in STEP_UP takes ${event}`);
  return { state, toState, event, merchantEvent: merchantStateOf[toState] };
}

/** After a success the payment waits for Vipps' second call; only then is anything authorised. */
function successfulEnd(proof: StepUpProof, leg: SealedFor, seal: ProofSeal): StepUpEnd {
  const { eci, transactionId, authenticationValue } = proof;
  const sealedAuthenticationValue = seal.seal(authenticationValue, leg);
  return {
    state: 'SUCCEEDED',
    toState: 'STEP_UP',
    event: 'CHALLENGE_SUCCEEDED',
    merchantEvent: null,
    proof: { eci, transactionId, sealedAuthenticationValue },
  };
}

/** What a result means for its session; undefined while there is none. */
export function endOf(
  result: ChallengeResult,
  leg: SealedFor,
  seal: ProofSeal,
): StepUpEnd | undefined {
  switch (result.kind) {
    case 'AUTHENTICATED':
      return successfulEnd(result.proof, leg, seal);
    case 'FAILED':
    case 'CANCELLED':
    case 'TIMED_OUT':
      return fruitlessEnd(result.kind);
    case 'PENDING':
    case 'UNKNOWN':
      return undefined;
  }
}
