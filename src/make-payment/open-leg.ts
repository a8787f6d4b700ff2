import { tracesOf } from '../acquirer/card-material.ts';
import { acquirerReferenceOf } from '../payments/references.ts';
import { type Background } from '../shared/background.ts';
import { invariant, messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import {
  type FoundPayment,
  type LegKey,
  type LegRepository,
  type LegToOpen,
} from './leg-repository.ts';
import { type LegToAuthorise } from './leg-to-authorise.ts';
import { decisionOf } from './outcome.ts';
import { type RefuseCall } from './refuse-call.ts';
import { type ReplyWriter } from './reply.ts';
import { type StepUpLegRepository } from './step-up-leg-repository.ts';
import { type Stopwatch } from './stopwatch.ts';

export interface OpenLeg {
  /**
   * Opens the payment's leg for this call, which has it in hand from then on. False when another call
   * was quicker, and when the database did not say: the leg is then seen to until some reply is
   * stored, be it another copy's, and that reply is the answer.
   */
  (leg: LegToAuthorise, stopwatch: Stopwatch): Promise<boolean>;
  /** The call that opened the leg does nothing more about it. */
  letGo(leg: LegKey): void;
  /**
   * The opening of the same payment's leg by another call of this process, until it has succeeded
   * or its failure has been dealt with.
   */
  underWay(paymentId: string): Promise<unknown> | undefined;
}

interface Dependencies {
  readonly legs: LegRepository;
  readonly stepUpLegs: StepUpLegRepository;
  readonly instanceId: string;
  readonly replies: ReplyWriter;
  readonly refuse: RefuseCall;
  readonly background: Background;
  readonly log: Log;
}

export function createOpenLeg(dependencies: Dependencies): OpenLeg {
  const { legs, stepUpLegs, instanceId, background, log } = dependencies;
  const openings = new Map<string, Promise<unknown>>();
  const inHand = new Set<string>();

  async function openLeg(leg: LegToAuthorise, stopwatch: Stopwatch): Promise<boolean> {
    const { paymentId, pspTransactionId } = leg;
    const key = keyOf(leg);
    // With two at a time, one whose opening fails would find the other's leg, open under this process's
    // name, and end it as its own while the other has it authorised.
    if (openings.has(paymentId) || inHand.has(key)) return false;
    inHand.add(key);
    const toOpen = legToOpen(leg, instanceId);
    const opening = leg.leg === 1 ? legs.open(toOpen) : stepUpLegs.open(toOpen);
    const settled = opening.catch((error: unknown) => {
      log.warn({ event: 'leg.not-opened', pspTransactionId, reason: messageOf(error) });
      return background.resultOf('make-payment.open-failed', () =>
        endFailed(dependencies, leg, stopwatch),
      );
    });
    const cleared = settled.then((isOpen) => {
      openings.delete(paymentId);
      if (isOpen !== true) inHand.delete(key);
    });
    openings.set(paymentId, cleared);
    return opening.catch(() => false);
  }

  return Object.assign(openLeg, {
    letGo: (leg: LegKey) => void inHand.delete(keyOf(leg)),
    underWay: (paymentId: string) => openings.get(paymentId),
  });
}

function keyOf({ paymentId, attempt, leg }: LegKey): string {
  return `${paymentId}/${attempt}/${leg}`;
}

/**
 * The leg may stand open all the same, now or when a statement that is still under way takes effect.
 * Nothing was sent for it: FAIL 91 is the final word, or 85 once Vipps was told that. Throws until some
 * reply is stored.
 */
async function endFailed(
  { legs, instanceId, replies, refuse }: Dependencies,
  leg: LegToAuthorise,
  stopwatch: Stopwatch,
): Promise<void> {
  const isLate = stopwatch.leftUntilMs(stopwatch.budget.decideWithinMs) === 0;
  const kind = isLate ? 'NO_TIME' : 'NOT_SENT';
  const outcome = { kind, why: 'the leg could not be opened' } as const;
  if (await legs.decide(decisionOf(leg, outcome, { owner: instanceId, replies }))) return;
  // In the meantime it may have expired, or got another id.
  const now = await legs.find(leg.pspTransactionId);
  if (now === undefined || now.superseded || isAnswered(now, leg)) return;
  const reason = isLate ? 'TOO_LATE' : 'INTERNAL_ERROR';
  const refused = isOpened(now, leg) ? undefined : await refuse(now, reason);
  invariant(refused, 'A leg whose opening failed is looked at until it has a reply');
}

function isOpened({ leg: newest }: FoundPayment, { leg }: LegKey): boolean {
  return newest !== null && newest.leg >= leg;
}

function isAnswered(now: FoundPayment, leg: LegKey): boolean {
  return isOpened(now, leg) && now.leg?.reply !== null;
}

function legToOpen(leg: LegToAuthorise, owner: string): LegToOpen {
  const { found, pspTransactionId } = leg;
  const { maskedPan, bin, scheme } = tracesOf(leg.card);
  return {
    paymentId: leg.paymentId,
    attempt: leg.attempt,
    leg: leg.leg,
    pspTransactionId,
    fromState: found.state,
    acquirerReference: acquirerReferenceOf(pspTransactionId, leg.leg),
    owner,
    maskedPan,
    bin,
    scheme,
  };
}
