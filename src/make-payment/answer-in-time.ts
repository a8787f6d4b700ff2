import { type Background } from '../shared/background.ts';
import { type Clock } from '../shared/clock.ts';
import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { sha256 } from '../shared/secret.ts';
import { type Answer, type Caller, type MakePayment } from './answer.ts';
import { type PromisedFails } from './promised-fails.ts';
import { type FailReason, type ReplyWriter } from './reply.ts';
import { type Stopwatch } from './stopwatch.ts';

interface Dependencies {
  readonly makePayment: MakePayment;
  readonly promises: PromisedFails;
  readonly replies: ReplyWriter;
  readonly callsInFlightMax: number;
  readonly background: Background;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The same deed, but with an answer by the time at which the reply must be decided, whatever hangs.
 * The work itself is never abandoned: it runs to its end, and an approval that comes out of it too
 * late counts as not told. Faults of ours become FAIL 91 and calls beyond the limit get it at once.
 * Every FAIL that is given here is promised to be stored.
 */
export function answerInTime(dependencies: Dependencies): MakePayment {
  const { makePayment, promises, replies, callsInFlightMax, log } = dependencies;
  let inFlight = 0;

  return async (call, caller, stopwatch) => {
    const { pspTransactionId } = call;
    const { requestId } = caller;
    const failNow = (reason: FailReason): Answer => {
      if (pspTransactionId.length > 0) {
        promises.make({ pspTransactionId, tokenHash: sha256(caller.authorization ?? ''), reason });
      }
      return { kind: 'REPLY', reply: replies.failUnknown(pspTransactionId, reason) };
    };
    if (inFlight >= callsInFlightMax) {
      log.warn({ event: 'make-payment.overloaded', requestId, inFlight });
      return failNow('INTERNAL_ERROR');
    }
    inFlight += 1;
    const work = makePayment(call, caller, stopwatch).finally(() => (inFlight -= 1));
    try {
      const answer = await beforeTimeIsUp(dependencies, work, stopwatch);
      if (answer) return answer;
    } catch (error) {
      log.error({ event: 'make-payment.fault', requestId, reason: messageOf(error) });
      return failNow(isTimeUp(stopwatch) ? 'TOO_LATE' : 'INTERNAL_ERROR');
    }
    log.warn({ event: 'make-payment.out-of-time', requestId });
    letItEnd(dependencies, work, caller, () => failNow('TOO_LATE'));
    return failNow('TOO_LATE');
  };
}

function isTimeUp(stopwatch: Stopwatch): boolean {
  return stopwatch.leftUntilMs(stopwatch.budget.decideWithinMs) === 0;
}

function beforeTimeIsUp(
  { clock }: Dependencies,
  work: Promise<Answer>,
  stopwatch: Stopwatch,
): Promise<Answer | undefined> {
  const leftMs = stopwatch.leftUntilMs(stopwatch.budget.decideWithinMs);
  return new Promise((resolve, reject) => {
    const answered = clock.after(leftMs, () => {
      resolve(undefined);
    });
    work.then(resolve, reject).finally(answered);
  });
}

/** Nobody waits for the answer any more: whatever it says, Vipps was told FAIL. */
function letItEnd(
  { background, log }: Dependencies,
  work: Promise<Answer>,
  { requestId }: Caller,
  failAgain: () => void,
): void {
  background.untilDone('make-payment.too-late', async () => {
    try {
      const answer = await work;
      if (answer.kind !== 'REPLY') return;
      answer.approval?.departed('NOT_TOLD');
      // The leg was still open when the FAIL was promised: now there is a step-up to be ended by it.
      if (answer.reply.status === 'SOFT_DECLINE') failAgain();
    } catch (error) {
      log.error({ event: 'make-payment.fault', requestId, reason: messageOf(error) });
    }
  });
}
