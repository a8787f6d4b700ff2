import { wipeCard } from '../acquirer/card-material.ts';
import { type Heartbeat } from '../instances/heartbeat.ts';
import { type Background } from '../shared/background.ts';
import { type Log } from '../shared/log.ts';
import { type Answer } from './answer.ts';
import { type AskAcquirer } from './ask-acquirer.ts';
import { type Departures } from './departures.ts';
import { type Decision, type FoundPayment, type LegRepository } from './leg-repository.ts';
import { type LegToAuthorise } from './leg-to-authorise.ts';
import { type OpenLeg } from './open-leg.ts';
import {
  decisionOf,
  decisionWhenLate,
  isSoftDecline,
  mayHoldMoney,
  saysNothingIsHeld,
} from './outcome.ts';
import { type PromisedFails } from './promised-fails.ts';
import { type Reply, type ReplyWriter } from './reply.ts';
import { type StepUpInstead } from './step-up-instead.ts';
import { type SoftDecline, type StepUpLegRepository } from './step-up-leg-repository.ts';
import { type Stopwatch } from './stopwatch.ts';

/**
 * Opens the leg, has the acquirer authorise the stored amount, begins the step-up that it may ask
 * for, and records the answer. Undefined when the leg was not opened by this call.
 */
export type AuthoriseLeg = (
  leg: LegToAuthorise,
  stopwatch: Stopwatch,
) => Promise<Answer | undefined>;

export interface AuthoriseLegDependencies {
  readonly legs: LegRepository;
  readonly stepUpLegs: StepUpLegRepository;
  readonly openLeg: OpenLeg;
  readonly askAcquirer: AskAcquirer;
  readonly stepUpInstead: StepUpInstead;
  readonly replies: ReplyWriter;
  readonly heartbeat: Heartbeat;
  readonly departures: Departures;
  readonly promises: PromisedFails;
  /** Orders a new reversal for an authorisation whose leg is no longer ours, or decided already. */
  readonly orderReversal: (leg: Decision, reason: string) => Promise<void>;
  /** A reversal was ordered: have the worker look at once. */
  readonly reversalOrdered: () => void;
  readonly background: Background;
  readonly log: Log;
}

export function createAuthoriseLeg(dependencies: AuthoriseLegDependencies): AuthoriseLeg {
  const { openLeg } = dependencies;

  return async (leg, stopwatch) => {
    if (!(await openLeg(leg, stopwatch))) return undefined;
    try {
      return await authoriseOpened(dependencies, leg, stopwatch);
    } finally {
      openLeg.letGo(leg);
    }
  };
}

async function authoriseOpened(
  dependencies: AuthoriseLegDependencies,
  leg: LegToAuthorise,
  stopwatch: Stopwatch,
): Promise<Answer> {
  const { askAcquirer, stepUpInstead, heartbeat, replies } = dependencies;
  // No lock and no transaction is held while the acquirer thinks.
  const by = { owner: heartbeat.instanceId, replies };
  const asked = await askAcquirer(leg, stopwatch, (late) => {
    if (mayHoldMoney(late) && late.kind !== 'NO_ANSWER') {
      reverseAnew(dependencies, decisionOf(leg, late, by), 'LATE_ANSWER');
    }
  });
  const outcome =
    asked.kind === 'SOFT_DECLINED' ? await stepUpInstead(leg, asked, stopwatch) : asked;
  wipeCard(leg.card);
  const decision = decisionOf(leg, outcome, by);
  const stayedAlive = heartbeat.watch();
  const recorded = await record(dependencies, decision, stopwatch);
  return settle(dependencies, { found: leg.found, decision, stayedAlive }, recorded);
}

interface Made {
  readonly found: FoundPayment;
  readonly decision: Decision;
  /** Whether no other copy can have begun to reverse it since it was to be recorded. */
  readonly stayedAlive: () => Promise<boolean>;
}

interface Recorded {
  /** The decision as it was written: another one where the time was up. */
  readonly decision: Decision;
  /** False when the leg is another owner's by now, and nothing was written. */
  readonly written: boolean;
}

/**
 * Writes the decision, however long that takes: an approval that nobody can read afterwards would
 * be lost. The answer does not wait for it beyond its time. Undefined when the service stops first;
 * the completer of another copy finds the leg then.
 */
function record(
  { legs, stepUpLegs, replies, background }: AuthoriseLegDependencies,
  decision: Decision | SoftDecline,
  stopwatch: Stopwatch,
): Promise<Recorded | undefined> {
  return background.resultOf('make-payment.decide', async () => {
    const isLate = stopwatch.leftUntilMs(stopwatch.budget.decideWithinMs) === 0;
    const current = isLate ? decisionWhenLate(decision, replies) : decision;
    const write = (): Promise<boolean> =>
      isSoftDecline(current) ? stepUpLegs.softDecline(current) : legs.decide(current);
    return { decision: current, written: (await write()) || (await write()) };
  });
}

/** The answer, given how the record went. */
async function settle(
  dependencies: AuthoriseLegDependencies,
  made: Made,
  recorded: Recorded | undefined,
): Promise<Answer> {
  const { replies, reversalOrdered } = dependencies;
  const late = replies.fail(made.found.pspTransactionId, 'TOO_LATE');
  if (recorded === undefined) return { kind: 'REPLY', reply: late };
  const { decision, written } = recorded;
  if (!written)
    return { kind: 'REPLY', reply: await afterTakeOver(dependencies, made.decision, late) };
  if (decision.reversalReason !== null) reversalOrdered();
  if (decision.reply.status !== 'OK') return { kind: 'REPLY', reply: decision.reply };
  return answerApproval(dependencies, { ...made, decision }, late);
}

async function answerApproval(
  { promises, departures }: AuthoriseLegDependencies,
  { found, decision, stayedAlive }: Made,
  late: Reply,
): Promise<Answer> {
  const hasStayedAlive = await stayedAlive();
  const given = promises.of(found);
  // Others may be reversing it already, or Vipps was told FAIL in the meantime: then never OK.
  if (given || !hasStayedAlive) {
    departures.record(decision, 'NOT_TOLD');
    return { kind: 'REPLY', reply: given ?? late };
  }
  return {
    kind: 'REPLY',
    reply: decision.reply,
    approval: {
      insteadWhenLate: late,
      departed: (how) => {
        departures.record(decision, how);
      },
    },
  };
}

/** The leg is another owner's now, or was decided otherwise: what we learned is dropped, and what may be held is given back. */
async function afterTakeOver(
  dependencies: AuthoriseLegDependencies,
  decision: Decision,
  late: Reply,
): Promise<Reply> {
  const { legs, log } = dependencies;
  log.warn({ event: 'leg.taken-over', paymentId: decision.paymentId, outcome: decision.outcome });
  if (!saysNothingIsHeld(decision)) reverseAnew(dependencies, decision, 'TAKEN_OVER');
  const stored = await legs.find(decision.pspTransactionId).catch(() => undefined);
  const reply = stored?.leg?.reply ?? late;
  return reply.status === 'OK' ? late : reply;
}

function reverseAnew(
  { background, orderReversal }: AuthoriseLegDependencies,
  decision: Decision,
  reason: string,
): void {
  background.untilDone('make-payment.reverse-anew', () => orderReversal(decision, reason));
}
