import { timingSafeEqual } from 'node:crypto';
import { backoffMs } from '../shared/backoff.ts';
import { type Clock } from '../shared/clock.ts';
import { type Log } from '../shared/log.ts';
import { sha256 } from '../shared/secret.ts';
import { type Answer, type MakePayment } from './answer.ts';
import { type AuthorisePresented } from './authorise-presented.ts';
import { judgeSecondCall } from './judge-second-call.ts';
import { type FoundLeg, type FoundPayment, type LegRepository } from './leg-repository.ts';
import { isPossibleId, type MakePaymentRequest, wipeCall } from './messages.ts';
import { type OpenLeg } from './open-leg.ts';
import { isPassing } from './passing-error.ts';
import { type PromisedFails } from './promised-fails.ts';
import { type ProofOf } from './proof-of.ts';
import { readRequest } from './read-request.ts';
import { reasonOf } from './refuse-call.ts';
import { type SurelyRefuse } from './refuse-or-promise.ts';
import { type AwaitReply } from './replay.ts';
import { type ReplyWriter } from './reply.ts';
import { type StepUpLegRepository } from './step-up-leg-repository.ts';
import { type Stopwatch } from './stopwatch.ts';

interface Dependencies {
  readonly legs: LegRepository;
  readonly stepUpLegs: StepUpLegRepository;
  readonly replies: ReplyWriter;
  readonly openLeg: Pick<OpenLeg, 'underWay'>;
  readonly authorisePresented: AuthorisePresented;
  readonly proofOf: ProofOf;
  readonly refuse: SurelyRefuse;
  readonly promises: PromisedFails;
  readonly awaitReply: AwaitReply;
  readonly clock: Clock;
  readonly log: Log;
}

export function createMakePayment(dependencies: Dependencies): MakePayment {
  const { legs, replies, clock } = dependencies;

  return async (call, { authorization }, stopwatch) => {
    const { pspTransactionId } = call;
    const find = (): Promise<FoundPayment | undefined> =>
      patiently(clock, stopwatch, () => legs.find(pspTransactionId));
    const unknown: Answer = {
      kind: 'REPLY',
      reply: replies.failUnknown(pspTransactionId, 'INVALID_REQUEST'),
    };
    try {
      if (call.kind === 'UNREADABLE' || !isPossibleId(pspTransactionId)) return unknown;
      let found = await find();
      if (found === undefined) return unknown;
      const { paymentId } = found;
      if (!provesItself(authorization, found)) return { kind: 'UNAUTHORISED', paymentId };

      const request = readRequest(found, call);
      for (;;) {
        const answer = await answerAsFound(dependencies, { found, request, stopwatch });
        if (answer !== undefined) return { paymentId, ...answer };
        if (stopwatch.leftUntilMs(stopwatch.budget.decideWithinMs) === 0)
          return { kind: 'REPLY', reply: replies.fail(pspTransactionId, 'TOO_LATE') };
        // Somebody else was quicker: look again, and go by what is there now.
        found = (await find()) ?? found;
      }
    } finally {
      wipeCall(call);
    }
  };
}

/** Compares hashes, in constant time: the token itself is stored nowhere. */
function provesItself(authorization: string | undefined, found: FoundPayment): boolean {
  return timingSafeEqual(sha256(authorization ?? ''), found.makePaymentTokenHash);
}

/** Asks the database for as long as there is time: one that is away may come back. */
async function patiently<Result>(
  clock: Clock,
  stopwatch: Stopwatch,
  ask: () => Promise<Result>,
): Promise<Result> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await ask();
    } catch (error) {
      const leftMs = stopwatch.leftUntilMs(stopwatch.budget.decideWithinMs);
      if (leftMs === 0 || !isPassing(error)) throw error;
      await clock.sleep(Math.min(leftMs, backoffMs(failures, { firstMs: 20, lastMs: 500 })));
    }
  }
}

interface Moment {
  readonly found: FoundPayment;
  readonly request: MakePaymentRequest;
  readonly stopwatch: Stopwatch;
}

/** Undefined when the payment moved under our hands. */
async function answerAsFound(
  dependencies: Dependencies,
  moment: Moment,
): Promise<Answer | undefined> {
  const { replies, promises, openLeg, awaitReply, log } = dependencies;
  const { found, request, stopwatch } = moment;
  const promised = promises.of(found);
  if (promised) return { kind: 'REPLY', reply: promised };
  if (found.superseded) {
    const reason = reasonOf(request, 'TOO_LATE');
    return { kind: 'REPLY', reply: replies.fail(found.pspTransactionId, reason) };
  }
  const underWay = openLeg.underWay(found.paymentId);
  if (found.leg === null) {
    return underWay ? underWay.then(() => undefined) : answerFirstCall(dependencies, moment);
  }
  if (found.leg.reply?.status === 'SOFT_DECLINE') {
    if (underWay) return underWay.then(() => undefined);
    return answerSecondCall(dependencies, moment, found.leg);
  }
  const reply = await awaitReply(found, found.leg, stopwatch);
  if (reply.status === 'OK' && request.kind !== 'CONFIRMED') {
    log.warn({ event: 'callback.contradicts', paymentId: found.paymentId, said: request.kind });
  }
  return { kind: 'REPLY', reply };
}

async function answerFirstCall(
  { refuse, authorisePresented }: Dependencies,
  { found, request, stopwatch }: Moment,
): Promise<Answer | undefined> {
  if (found.state !== 'CREATED') return refuse(found, reasonOf(request, 'TOO_LATE'), stopwatch);
  if (request.kind !== 'CONFIRMED')
    return refuse(found, reasonOf(request, 'INTERNAL_ERROR'), stopwatch);
  return authorisePresented(found, request, stopwatch);
}

/** A call after a soft decline; nothing but the state of the step-up says which leg it is for. */
async function answerSecondCall(
  { stepUpLegs, refuse, authorisePresented, proofOf, clock }: Dependencies,
  { found, request, stopwatch }: Moment,
  declined: FoundLeg,
): Promise<Answer | undefined> {
  const stepUp = await patiently(clock, stopwatch, () => stepUpLegs.sessionOf(declined));
  const call = judgeSecondCall(found.state, stepUp, request);
  switch (call.kind) {
    case 'DUPLICATE':
      return declined.reply ? { kind: 'REPLY', reply: declined.reply } : undefined;
    case 'REFUSED':
      return refuse(found, call.reason, stopwatch);
    case 'CONFIRMED': {
      if (request.kind !== 'CONFIRMED') return undefined;
      const proof = proofOf(call.stepUp, declined);
      if (proof === undefined) return refuse(found, 'INTERNAL_ERROR', stopwatch);
      return authorisePresented(found, request, stopwatch, proof);
    }
  }
}
