import { type Acquirer, type AuthorisationOutcome } from '../acquirer/acquirer.ts';
import { schemeOf } from '../card-data/card-scheme.ts';
import { bin, maskedPan, type PaymentCard } from '../card-data/payment-card.ts';
import { type Heartbeat } from '../instances/heartbeat.ts';
import { acquirerReferenceOf } from '../payments/references.ts';
import { type Background } from '../shared/background.ts';
import { type Clock } from '../shared/clock.ts';
import { type Log } from '../shared/log.ts';
import { type Answer } from './answer.ts';
import { type Departures } from './departures.ts';
import { type Decision, type FoundPayment, type LegRepository } from './leg-repository.ts';
import { decisionOf, saysNothingIsHeld } from './outcome.ts';
import { type RefuseCall } from './refuse-call.ts';
import { type Reply, type ReplyWriter } from './reply.ts';
import { type Stopwatch } from './stopwatch.ts';

/**
 * Opens the payment's leg, has the acquirer authorise the stored amount, and decides the answer, all
 * within the budget. Undefined when another call opened the leg first.
 */
export type AuthoriseLeg = (
  found: FoundPayment,
  card: PaymentCard,
  stopwatch: Stopwatch,
) => Promise<Answer | undefined>;

export interface AuthoriseLegDependencies {
  readonly legs: LegRepository;
  readonly acquirer: Acquirer;
  readonly replies: ReplyWriter;
  readonly heartbeat: Heartbeat;
  readonly departures: Departures;
  readonly refuse: RefuseCall;
  /** Orders a new reversal for an authorisation whose leg is no longer ours. */
  readonly orderReversal: (leg: Decision, reason: string) => Promise<void>;
  /** A reversal was ordered: have the worker look at once. */
  readonly reversalOrdered: () => void;
  readonly background: Background;
  readonly clock: Clock;
  readonly log: Log;
}

export function createAuthoriseLeg(dependencies: AuthoriseLegDependencies): AuthoriseLeg {
  return async (found, card, stopwatch) => {
    const opened = await open(dependencies, found, card);
    if (!opened) return undefined;

    // No lock and no transaction is held while the acquirer thinks.
    const outcome = await askAcquirer(dependencies, found, card, stopwatch);
    const decision = decisionOf(found, outcome, by(dependencies));
    const decided = await record(dependencies, decision, stopwatch);
    const reply = await settle(dependencies, found, decision, decided);
    if (reply.status !== 'OK') return { kind: 'REPLY', reply };
    return {
      kind: 'REPLY',
      reply,
      approval: {
        insteadWhenLate: dependencies.replies.fail(found.pspTransactionId, 'TOO_LATE'),
        departed: (how) => {
          dependencies.departures.record(decision, how);
        },
      },
    };
  };
}

const by = ({ heartbeat, replies }: AuthoriseLegDependencies) => ({
  owner: heartbeat.instanceId,
  replies,
});

async function open(
  dependencies: AuthoriseLegDependencies,
  found: FoundPayment,
  card: PaymentCard,
): Promise<boolean> {
  const { legs, heartbeat, background, refuse } = dependencies;
  const leg = {
    paymentId: found.paymentId,
    attempt: 1,
    leg: 1,
    pspTransactionId: found.pspTransactionId,
    fromState: found.state,
    acquirerReference: acquirerReferenceOf(found.pspTransactionId, 1),
    owner: heartbeat.instanceId,
    maskedPan: maskedPan(card),
    bin: bin(card),
    scheme: schemeOf(card),
  };
  try {
    return await legs.open(leg);
  } catch (error) {
    // The leg may stand open all the same. Nothing was sent for it: FAIL 91 is the final word.
    const notSent = decisionOf(
      found,
      { kind: 'NOT_SENT', why: 'the leg could not be opened' },
      by(dependencies),
    );
    background.untilDone('make-payment.open-failed', async () => {
      if (!(await legs.decide(notSent))) await refuse(found, 'INTERNAL_ERROR');
    });
    throw error;
  }
}

async function askAcquirer(
  { acquirer, heartbeat, log }: AuthoriseLegDependencies,
  found: FoundPayment,
  card: PaymentCard,
  stopwatch: Stopwatch,
): Promise<AuthorisationOutcome> {
  // An owner that others may believe dead must not begin: they may be reversing already.
  if (!heartbeat.mayBegin()) return { kind: 'NOT_SENT', why: 'our heartbeat is too old' };
  const waitMs = stopwatch.leftUntilMs(stopwatch.budget.acquirerWithinMs);
  if (waitMs === 0) return { kind: 'NOT_SENT', why: 'no time is left' };
  const outcome = await acquirer.authorise(
    {
      reference: acquirerReferenceOf(found.pspTransactionId, 1),
      pspTransactionId: found.pspTransactionId,
      merchant: found.merchant,
      amount: { minor: found.amountMinor, currency: found.currency },
      card: { kind: 'PAN', card },
      indicators: { channel: 'ECOMMERCE', wallet: 'VIPPS', authentication: 'DELEGATED' },
    },
    AbortSignal.timeout(Math.ceil(waitMs)),
  );
  if (outcome.kind === 'NO_ANSWER' || outcome.kind === 'UNINTELLIGIBLE') {
    log.warn({
      event: 'authorisation.unknown',
      pspTransactionId: found.pspTransactionId,
      outcome: outcome.kind,
      why: outcome.why,
    });
  }
  return outcome;
}

type Recorded = 'RECORDED' | 'TAKEN_OVER' | 'NOT_IN_TIME';

/** Writes the decision; when the database does not say so in time, sees to it in the background. */
async function record(
  dependencies: AuthoriseLegDependencies,
  decision: Decision,
  stopwatch: Stopwatch,
): Promise<Recorded> {
  const { legs, clock, background, departures } = dependencies;
  const timeUp = new AbortController();
  const writing = legs.decide(decision);
  const waiting = clock
    .sleep(stopwatch.leftUntilMs(stopwatch.budget.decideWithinMs), timeUp.signal)
    .then(() => 'NOT_IN_TIME' as const);
  try {
    const first = await Promise.race([writing, waiting]);
    if (first !== 'NOT_IN_TIME') return first ? 'RECORDED' : 'TAKEN_OVER';
  } catch {
    // The statement failed: Vipps gets its FAIL from memory, and the row is seen to below.
  } finally {
    timeUp.abort();
  }
  let current: Promise<boolean> | undefined = writing;
  background.untilDone('make-payment.decide', async () => {
    const attempt = current ?? legs.decide(decision);
    current = undefined;
    const written = await attempt;
    // Vipps has been told FAIL: an OK that was stored all the same counts as not told.
    if (written && decision.reply.status === 'OK') departures.record(decision, 'NOT_TOLD');
    else if (written) dependencies.reversalOrdered();
    else await afterTakeOver(dependencies, decision);
  });
  return 'NOT_IN_TIME';
}

/** The reply to send, given how the record went. */
async function settle(
  dependencies: AuthoriseLegDependencies,
  found: FoundPayment,
  decision: Decision,
  recorded: Recorded,
): Promise<Reply> {
  const { legs, replies, background } = dependencies;
  const late = replies.fail(found.pspTransactionId, 'TOO_LATE');
  switch (recorded) {
    case 'RECORDED':
      if (decision.reversalReason !== null) dependencies.reversalOrdered();
      return decision.reply;
    case 'NOT_IN_TIME':
      return late;
    case 'TAKEN_OVER': {
      background.untilDone('make-payment.after-take-over', () =>
        afterTakeOver(dependencies, decision),
      );
      const stored = await legs.find(found.pspTransactionId).catch(() => undefined);
      const reply = stored?.leg?.reply ?? late;
      return reply.status === 'OK' ? late : reply;
    }
  }
}

/** The leg is another owner's now: what we learned is dropped, and what may be held is given back. */
async function afterTakeOver(
  { orderReversal, log }: AuthoriseLegDependencies,
  decision: Decision,
): Promise<void> {
  if (saysNothingIsHeld(decision)) return;
  log.warn({ event: 'leg.taken-over', paymentId: decision.paymentId, outcome: decision.outcome });
  await orderReversal(decision, 'TAKEN_OVER');
}
