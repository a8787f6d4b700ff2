import { type AuthorisationOutcome } from '../acquirer/acquirer.ts';
import { merchantStateOf, nextState, type PaymentEvent } from '../payments/payment-state.ts';
import { invariant } from '../shared/errors.ts';
import { type StepUpToOpen } from '../step-up/begin-step-up.ts';
import { type AbandonedLeg, type Decision, type LegKey } from './leg-repository.ts';
import { type FailReason, type Reply, type ReplyWriter } from './reply.ts';
import { type SoftDecline } from './step-up-leg-repository.ts';

/** How a leg went at the acquirer, as far as this side can tell. */
export type LegOutcome =
  | AuthorisationOutcome
  /** Soft-declined, and a challenge stands open for the customer. No money is held. */
  | { readonly kind: 'CHALLENGED'; readonly responseCode: string; readonly stepUp: StepUpToOpen }
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
    case 'CHALLENGED':
      return { event: 'SOFT_DECLINED' };
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
  return !nothingIsHeld(verdictOn(outcome));
}

/** A leg, and the id that its payment's call came under. */
export interface LegOfCall extends LegKey {
  readonly pspTransactionId: string;
}

/** The decision on a leg that a call has opened. The fence is that of the call that opened it. */
export function decisionOf(
  leg: LegOfCall,
  outcome: LegOutcome,
  by: { readonly owner: string; readonly replies: ReplyWriter },
): Decision | SoftDecline {
  const { owner, replies } = by;
  const verdict = verdictOn(outcome);
  const toState = nextState('AUTHORISING', verdict.event);
  invariant(toState, `A payment that is AUTHORISING takes ${verdict.event}`);
  return {
    paymentId: leg.paymentId,
    pspTransactionId: leg.pspTransactionId,
    attempt: leg.attempt,
    leg: leg.leg,
    owner,
    fence: 1,
    event: verdict.event,
    toState,
    outcome: outcome.kind,
    responseCode: 'responseCode' in outcome ? outcome.responseCode : null,
    authorisationCode: outcome.kind === 'APPROVED' ? outcome.authorisationCode : null,
    rrn: outcome.kind === 'APPROVED' ? outcome.rrn : null,
    reply: replyOf(leg, outcome, verdict, replies),
    detail: detailOf(leg, outcome, verdict),
    merchantEvent: merchantStateOf[toState] === 'ABORTED' ? 'ABORTED' : null,
    reversalReason: verdict.reversalReason ?? null,
    ...(outcome.kind === 'CHALLENGED' && { stepUp: outcome.stepUp }),
  };
}

/** Whether the decision opens a step-up. */
export function isSoftDecline(decision: Decision | SoftDecline): decision is SoftDecline {
  return 'stepUp' in decision;
}

/**
 * The same decision once the time is up: Vipps has been told FAIL 85 by then, and is told the same
 * ever after. An approval stays what it is: it counts as not told.
 */
export function decisionWhenLate(
  decision: Decision | SoftDecline,
  replies: ReplyWriter,
): Decision | SoftDecline {
  if (decision.reply.status === 'OK') return decision;
  const reply = replies.fail(decision.pspTransactionId, 'TOO_LATE');
  if (!isSoftDecline(decision)) return { ...decision, reply };
  const softDeclined = {
    kind: 'SOFT_DECLINED',
    responseCode: decision.responseCode ?? '',
  } as const;
  return { ...decisionOf(decision, softDeclined, { owner: decision.owner, replies }), reply };
}

function replyOf(
  { pspTransactionId }: LegOfCall,
  outcome: LegOutcome,
  { failReason }: Verdict,
  replies: ReplyWriter,
): Reply {
  if (failReason) return replies.fail(pspTransactionId, failReason);
  return outcome.kind === 'CHALLENGED'
    ? replies.softDecline(pspTransactionId, outcome.stepUp.url3dSecure)
    : replies.ok(pspTransactionId);
}

function detailOf(leg: LegKey, outcome: LegOutcome, verdict: Verdict): Decision['detail'] {
  return {
    leg: leg.leg,
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
  return nothingIsHeld(decision);
}

function nothingIsHeld({ event }: Pick<Verdict, 'event'>): boolean {
  return event === 'DECLINED' || event === 'SOFT_DECLINED';
}
