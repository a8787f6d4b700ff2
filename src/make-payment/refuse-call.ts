import { type PaymentEvent, nextState, merchantStateOf } from '../payments/payment-state.ts';
import { acquirerReferenceOf } from '../payments/references.ts';
import { type Answer } from './answer.ts';
import { type FoundPayment, type LegRepository } from './leg-repository.ts';
import { type MakePaymentRequest } from './messages.ts';
import { type FailReason, type ReplyWriter } from './reply.ts';

/** Stores a FAIL as the final word on the payment. Undefined when the payment moved in the meantime. */
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

/** What a FAIL before any authorisation does to a payment that is still CREATED. */
const eventOf: Partial<Record<FailReason, PaymentEvent>> = {
  CANCELLED_BY_USER: 'USER_CANCELLED',
  TIMED_OUT_AT_VIPPS: 'TIMED_OUT',
  FAILED_AT_VIPPS: 'WALLET_FAILED',
};

const merchantEventOf = { ABORTED: 'ABORTED', EXPIRED: 'EXPIRED' } as const;

export function createRefuseCall(dependencies: {
  legs: LegRepository;
  replies: ReplyWriter;
  instanceId: string;
}): RefuseCall {
  const { legs, replies, instanceId } = dependencies;

  return async (found, reason) => {
    const event = eventOf[reason] ?? 'REFUSED';
    const toState = nextState(found.state, event) ?? found.state;
    const merchantState = merchantStateOf[toState];
    const announced = merchantState === 'ABORTED' || merchantState === 'EXPIRED';
    const reply = replies.fail(found.pspTransactionId, reason);
    const written = await legs
      .refuse({
        paymentId: found.paymentId,
        attempt: 1,
        leg: 1,
        pspTransactionId: found.pspTransactionId,
        fromState: found.state,
        toState,
        event,
        acquirerReference: acquirerReferenceOf(found.pspTransactionId, 1),
        owner: instanceId,
        outcome: reason,
        reply,
        detail: { reason, leg: 1 },
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
