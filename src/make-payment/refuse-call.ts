import { type PaymentEvent, nextState, merchantStateOf } from '../payments/payment-state.ts';
import { acquirerReferenceOf } from '../payments/references.ts';
import { type Answer } from './answer.ts';
import { type FoundPayment, type LegRepository } from './leg-repository.ts';
import { nextLegOf } from './leg-to-authorise.ts';
import { type MakePaymentRequest } from './messages.ts';
import { type FailReason, type ReplyWriter } from './reply.ts';
import { type StepUpLegRepository } from './step-up-leg-repository.ts';

/**
 * Stores a FAIL as the final word on the payment: as its first leg, or as the one after a step-up.
 * Undefined when the payment moved in the meantime.
 */
export type RefuseCall = (found: FoundPayment, reason: FailReason) => Promise<Answer | undefined>;

const walletReasons = {
  CANCEL: 'CANCELLED_BY_USER',
  TIMEOUT: 'TIMED_OUT_AT_VIPPS',
  NO: 'FAILED_AT_VIPPS',
} as const;

/** Why a call is refused whatever the payment's state; `whenConfirmed` is the reason for a good YES. */
export function reasonOf(request: MakePaymentRequest, whenConfirmed: FailReason): FailReason {
  switch (request.kind) {
    case 'INVALID':
      return 'INVALID_REQUEST';
    case 'NOT_CONFIRMED':
      return walletReasons[request.walletState];
    case 'CONFIRMED':
      return whenConfirmed;
  }
}

/** What a FAIL before an authorisation does to a payment that is still CREATED or STEP_UP. */
const eventOf: Partial<Record<FailReason, PaymentEvent>> = {
  CANCELLED_BY_USER: 'USER_CANCELLED',
  TIMED_OUT_AT_VIPPS: 'TIMED_OUT',
  FAILED_AT_VIPPS: 'WALLET_FAILED',
  CHALLENGE_FAILED: 'CHALLENGE_FAILED',
  CHALLENGE_CANCELLED: 'USER_CANCELLED',
  CHALLENGE_TIMED_OUT: 'TIMED_OUT',
};

const merchantEventOf = { ABORTED: 'ABORTED', EXPIRED: 'EXPIRED' } as const;

export function createRefuseCall(dependencies: {
  legs: LegRepository;
  stepUpLegs: StepUpLegRepository;
  replies: ReplyWriter;
  instanceId: string;
}): RefuseCall {
  const { legs, stepUpLegs, replies, instanceId } = dependencies;

  return async (found, reason) => {
    const key = nextLegOf(found);
    const wanted = eventOf[reason] ?? 'REFUSED';
    const toState = nextState(found.state, wanted) ?? found.state;
    // A challenge that ended the payment is in the log already: this call changes nothing more.
    const event = key.leg > 1 && toState === found.state ? 'REFUSED' : wanted;
    const merchantState = merchantStateOf[toState];
    const announced = merchantState === 'ABORTED' || merchantState === 'EXPIRED';
    const reply = replies.fail(found.pspTransactionId, reason);
    const written = await (key.leg === 1 ? legs : stepUpLegs)
      .refuse({
        ...key,
        pspTransactionId: found.pspTransactionId,
        fromState: found.state,
        toState,
        event,
        acquirerReference: acquirerReferenceOf(found.pspTransactionId, key.leg),
        owner: instanceId,
        outcome: reason,
        reply,
        detail: { reason, leg: key.leg },
        merchantEvent: toState !== found.state && announced ? merchantEventOf[merchantState] : null,
      })
      .catch((error: unknown) => {
        if (isUniqueViolation(error)) return false;
        throw error;
      });
    return written ? { kind: 'REPLY', reply } : undefined;
  };
}

/** Two copies refused the same call at the same moment; one of them has written it. */
function isUniqueViolation(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === '23505';
}
