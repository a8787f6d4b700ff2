import { timingSafeEqual } from 'node:crypto';
import { type CardFunding } from '../card-data/card-funding.ts';
import { type PaymentCard } from '../card-data/payment-card.ts';
import { backoffMs } from '../shared/backoff.ts';
import { type Clock } from '../shared/clock.ts';
import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { sha256 } from '../shared/secret.ts';
import { type Answer, type MakePayment } from './answer.ts';
import { type AuthoriseLeg } from './authorise-leg.ts';
import { type FoundPayment, type LegRepository } from './leg-repository.ts';
import { isPossibleId, type MakePaymentRequest, readV2Request } from './messages.ts';
import { type OpenLeg } from './open-leg.ts';
import { isPassing } from './passing-error.ts';
import { type PromisedFails } from './promised-fails.ts';
import { type RefuseCall, reasonOf } from './refuse-call.ts';
import { type AwaitReply } from './replay.ts';
import { type FailReason, type ReplyWriter } from './reply.ts';
import { ruledOutBy } from './ruled-out.ts';
import { type Stopwatch } from './stopwatch.ts';

export type DecryptCard = (
  cardData: string,
) => Promise<{ readonly ok: true; readonly card: PaymentCard } | { readonly ok: false }>;

interface Dependencies {
  readonly legs: LegRepository;
  readonly replies: ReplyWriter;
  readonly decrypt: DecryptCard;
  readonly cardFunding: CardFunding;
  readonly openLeg: Pick<OpenLeg, 'underWay'>;
  readonly authoriseLeg: AuthoriseLeg;
  readonly refuse: RefuseCall;
  readonly promises: PromisedFails;
  readonly awaitReply: AwaitReply;
  readonly authorisationsInFlightMax: number;
  readonly clock: Clock;
  readonly log: Log;
}

export function createMakePayment(dependencies: Dependencies): MakePayment {
  const { replies, clock } = dependencies;
  const legs = { find: patientFind(dependencies.legs, clock) };
  const openFirstLeg = createOpenFirstLeg(dependencies);

  return async (call, { authorization }, stopwatch) => {
    const { pspTransactionId } = call;
    const fail = (reason: FailReason): Answer => ({
      kind: 'REPLY',
      reply: replies.fail(pspTransactionId, reason),
    });
    if (call.kind === 'UNREADABLE' || !isPossibleId(pspTransactionId))
      return fail('INVALID_REQUEST');
    let found = await legs.find(pspTransactionId, stopwatch);
    if (found === undefined) return fail('INVALID_REQUEST');
    if (!provesItself(authorization, found))
      return { kind: 'UNAUTHORISED', paymentId: found.paymentId };

    const request = readV2Request(call.body, found.merchant.msn);
    for (;;) {
      const answer = await answerAsFound(dependencies, openFirstLeg, { found, request, stopwatch });
      if (answer !== undefined) return { ...answer, paymentId: found.paymentId };
      if (stopwatch.leftUntilMs(stopwatch.budget.decideWithinMs) === 0) return fail('TOO_LATE');
      // Somebody else was quicker: look again, and go by what is there now.
      found = (await legs.find(pspTransactionId, stopwatch)) ?? found;
    }
  };
}

/** Compares hashes, in constant time: the token itself is stored nowhere. */
function provesItself(authorization: string | undefined, found: FoundPayment): boolean {
  return timingSafeEqual(sha256(authorization ?? ''), found.makePaymentTokenHash);
}

/** Looks for the payment for as long as there is time: a database that is away may come back. */
function patientFind(legs: LegRepository, clock: Clock) {
  return async (pspTransactionId: string, stopwatch: Stopwatch) => {
    for (let failures = 0; ; failures += 1) {
      try {
        return await legs.find(pspTransactionId);
      } catch (error) {
        const leftMs = stopwatch.leftUntilMs(stopwatch.budget.decideWithinMs);
        if (leftMs === 0 || !isPassing(error)) throw error;
        await clock.sleep(Math.min(leftMs, backoffMs(failures, { firstMs: 20, lastMs: 500 })));
      }
    }
  };
}

interface Moment {
  readonly found: FoundPayment;
  readonly request: MakePaymentRequest;
  readonly stopwatch: Stopwatch;
}

type OpenFirstLeg = (moment: Moment) => Promise<Answer | undefined>;

/** Undefined when the payment moved under our hands. */
async function answerAsFound(
  { replies, promises, awaitReply, log }: Dependencies,
  openFirstLeg: OpenFirstLeg,
  moment: Moment,
): Promise<Answer | undefined> {
  const { found, request, stopwatch } = moment;
  const promised = promises.of(found);
  if (promised) return { kind: 'REPLY', reply: promised };
  if (found.superseded) {
    const reason = reasonOf(request, 'TOO_LATE');
    return { kind: 'REPLY', reply: replies.fail(found.pspTransactionId, reason) };
  }
  if (found.leg === null) return openFirstLeg(moment);
  const reply = await awaitReply(found, found.leg, stopwatch);
  if (reply.status === 'OK' && request.kind !== 'CONFIRMED') {
    log.warn({ event: 'callback.contradicts', paymentId: found.paymentId, said: request.kind });
  }
  return { kind: 'REPLY', reply };
}

function createOpenFirstLeg(dependencies: Dependencies): OpenFirstLeg {
  const { decrypt, cardFunding, openLeg, authoriseLeg, authorisationsInFlightMax } = dependencies;
  const refuse = refuseOrPromise(dependencies);
  let inFlight = 0;

  return async ({ found, request, stopwatch }) => {
    const underWay = openLeg.underWay(found.paymentId);
    if (underWay) return underWay.then(() => undefined);
    if (found.state !== 'CREATED') return refuse(found, reasonOf(request, 'TOO_LATE'));
    if (request.kind !== 'CONFIRMED') return refuse(found, reasonOf(request, 'INTERNAL_ERROR'));
    if (isPastSending(stopwatch)) return refuse(found, 'TOO_LATE');
    if (inFlight >= authorisationsInFlightMax) return refuse(found, 'INTERNAL_ERROR');
    inFlight += 1;
    try {
      const decrypted = await decrypt(request.cardData);
      if (!decrypted.ok) return await refuse(found, 'UNABLE_TO_DECRYPT');
      try {
        if (isPastSending(stopwatch)) return await refuse(found, 'TOO_LATE');
        const ruledOut = ruledOutBy(found, decrypted.card, cardFunding);
        if (ruledOut !== undefined) return await refuse(found, ruledOut);
        return await authoriseLeg(found, decrypted.card, stopwatch);
      } finally {
        decrypted.card.wipe();
      }
    } finally {
      inFlight -= 1;
    }
  };
}

function isPastSending(stopwatch: Stopwatch): boolean {
  return stopwatch.leftUntilMs(stopwatch.budget.acquirerWithinMs) === 0;
}

/** A refusal is given even where it cannot be stored now; it is stored later then. */
function refuseOrPromise({ refuse, promises, replies, log }: Dependencies): RefuseCall {
  return async (found, reason) => {
    try {
      return await refuse(found, reason);
    } catch (error) {
      log.warn({ event: 'make-payment.refusal-not-stored', reason: messageOf(error) });
      const { pspTransactionId, makePaymentTokenHash } = found;
      promises.make({ pspTransactionId, tokenHash: makePaymentTokenHash, reason });
      return { kind: 'REPLY', reply: replies.fail(pspTransactionId, reason) };
    }
  };
}
