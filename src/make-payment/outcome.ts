import { type AuthorisationOutcome } from '../acquirer/acquirer.ts';
import { merchantStateOf, nextState, type PaymentEvent } from '../payments/payment-state.ts';
import { invariant } from '../shared/errors.ts';
import { type AbandonedLeg, type Decision, type FoundPayment } from './leg-repository.ts';
import { type FailReason, type ReplyWriter } from './reply.ts';

/** How a leg went at the acquirer, as far as this side can tell. */
export type LegOutcome =
  | AuthorisationOutcome
  /** The time was up before it was sent. No money is held. */
  | { readonly kind: 'NO_TIME'; readonly why: string }
  /** Our own code failed while it was under way. Money may be held. */
  | { readonly kind: 'FAULT'; readonly why: string };

interface Verdict {
  readonly event: PaymentEvent;
  /** Absent where the answer is OK. */
  readonly failReason?: FailReason;
  readonly reversalReason?: string;
}

/** What an outcome at the acquirer means for the payment and for Vipps. Unknown is never a decline. */
function verdictOn(outcome: LegOutcome): Verdict {
  switch (outcome.kind) {
    case 'APPROVED':
      return { event: 'APPROVED' };
    case 'DECLINED':
      return { event: 'DECLINED', failReason: outcome.reason };
    case 'SOFT_DECLINED':
      return { event: 'DECLINED', failReason: 'UNHANDLED_SOFT_DECLINE' };
    case 'UNINTELLIGIBLE':
      return {
        event: 'NO_ANSWER',
        failReason: 'UNINTELLIGIBLE_ANSWER',
        reversalReason: 'UNINTELLIGIBLE_ANSWER',
      };
    case 'NO_ANSWER':
      return { event: 'NO_ANSWER', failReason: 'TOO_LATE', reversalReason: 'NO_ANSWER' };
    case 'NOT_SENT':
      return { event: 'DECLINED', failReason: 'INTERNAL_ERROR' };
    case 'NO_TIME':
      return { event: 'DECLINED', failReason: 'TOO_LATE' };
    case 'FAULT':
      return { event: 'NO_ANSWER', failReason: 'INTERNAL_ERROR', reversalReason: 'FAULT' };
  }
}

/** Whether money may be held by an outcome that is known only after the leg was decided. */
export function mayHoldMoney(outcome: LegOutcome): boolean {
  return verdictOn(outcome).event !== 'DECLINED';
}

/** The decision on the payment's open leg. The fence is that of the call that opened it. */
export function decisionOf(
  found: FoundPayment,
  outcome: LegOutcome,
  by: { readonly owner: string; readonly replies: ReplyWriter },
): Decision {
  const { owner, replies } = by;
  const verdict = verdictOn(outcome);
  const toState = nextState('AUTHORISING', verdict.event);
  invariant(toState, `A payment that is AUTHORISING takes ${verdict.event}`);
  return {
    paymentId: found.paymentId,
    pspTransactionId: found.pspTransactionId,
    attempt: 1,
    leg: 1,
    owner,
    fence: 1,
    event: verdict.event,
    toState,
    outcome: outcome.kind,
    responseCode: 'responseCode' in outcome ? outcome.responseCode : null,
    authorisationCode: outcome.kind === 'APPROVED' ? outcome.authorisationCode : null,
    rrn: outcome.kind === 'APPROVED' ? outcome.rrn : null,
    reply: verdict.failReason
      ? replies.fail(found.pspTransactionId, verdict.failReason)
      : replies.ok(found.pspTransactionId),
    detail: detailOf(outcome, verdict),
    merchantEvent: merchantStateOf[toState] === 'ABORTED' ? 'ABORTED' : null,
    reversalReason: verdict.reversalReason ?? null,
  };
}

function detailOf(outcome: LegOutcome, verdict: Verdict): Decision['detail'] {
  return {
    leg: 1,
    outcome: outcome.kind,
    ...('responseCode' in outcome ? { responseCode: outcome.responseCode } : {}),
    ...('why' in outcome ? { why: outcome.why } : {}),
    ...(verdict.failReason ? { reason: verdict.failReason } : {}),
  };
}

/** What a completer decides for a leg whose owner died before it did: the answer is unknown. */
export function abandonedDecision(
  leg: AbandonedLeg,
  by: { readonly owner: string; readonly replies: ReplyWriter },
): Decision {
  return {
    paymentId: leg.paymentId,
    pspTransactionId: leg.pspTransactionId,
    attempt: leg.attempt,
    leg: leg.leg,
    owner: by.owner,
    fence: leg.fence,
    event: 'NO_ANSWER',
    toState: 'REVERSING',
    outcome: 'ABANDONED',
    responseCode: null,
    authorisationCode: null,
    rrn: null,
    reply: by.replies.fail(leg.pspTransactionId, 'TOO_LATE'),
    detail: { leg: leg.leg, outcome: 'ABANDONED', reason: 'TOO_LATE' },
    merchantEvent: 'ABORTED',
    reversalReason: 'ABANDONED',
  };
}

/** Whether the decision rests on an answer that says that the issuer holds nothing. */
export function saysNothingIsHeld(decision: Decision): boolean {
  return decision.event === 'DECLINED';
}
