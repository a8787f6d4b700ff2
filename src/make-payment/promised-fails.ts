import { timingSafeEqual } from 'node:crypto';
import { type Background } from '../shared/background.ts';
import { invariant } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { type FoundPayment, type LegRepository } from './leg-repository.ts';
import { type RefuseCall } from './refuse-call.ts';
import { type FailReason, type Reply, type ReplyWriter } from './reply.ts';

/**
 * FAILs that were given while the database could not take them. Vipps holds the payment FAILED from
 * then on: no call may be answered OK afterwards, and the FAIL is stored as soon as that is possible.
 */
export interface PromisedFails {
  /** Remembers a FAIL that is being given, and sees to it that it is stored. */
  make(promise: PromisedFail): void;
  /** The FAIL that was given for the payment and is not stored yet. */
  of(found: FoundPayment): Reply | undefined;
}

export interface PromisedFail {
  readonly pspTransactionId: string;
  /** Of the token that the caller showed: nobody may fail a payment with another's id alone. */
  readonly tokenHash: Buffer;
  readonly reason: FailReason;
}

/** At Vipps' peak of some 140 calls a second this is more than a minute without a database. */
const promisesMax = 10_000;

export function createPromisedFails(dependencies: {
  readonly legs: LegRepository;
  readonly refuse: RefuseCall;
  readonly replies: ReplyWriter;
  readonly background: Background;
  readonly log: Log;
}): PromisedFails {
  const { legs, refuse, replies, background, log } = dependencies;
  const promises = new Map<string, PromisedFail>();
  /** Made again while it was being kept: what was seen before that may be old. */
  const madeAgain = new Set<string>();

  async function keep(promise: PromisedFail): Promise<void> {
    const found = await legs.find(promise.pspTransactionId);
    if (!found || !isBy(promise, found)) return;
    // A superseded id ends with its 85; a leg that was opened is decided by whoever opened it. After a
    // soft decline it is the second leg that the FAIL was given for.
    if (found.superseded) return;
    if (found.leg !== null && found.leg.reply?.status !== 'SOFT_DECLINE') return;
    const refused = await refuse(found, promise.reason);
    invariant(refused, 'The payment moved while a FAIL was stored; it is looked at again');
  }

  return {
    make: (promise) => {
      const { pspTransactionId } = promise;
      if (promises.has(pspTransactionId)) {
        madeAgain.add(pspTransactionId);
        return;
      }
      if (promises.size >= promisesMax) {
        log.error({ event: 'make-payment.fail-not-stored', reason: 'too many wait already' });
        return;
      }
      promises.set(pspTransactionId, promise);
      background.untilDone('make-payment.promised-fail', async () => {
        do {
          madeAgain.delete(pspTransactionId);
          await keep(promise);
        } while (madeAgain.has(pspTransactionId));
        promises.delete(pspTransactionId);
      });
    },
    of: (found) => {
      const promise = promises.get(found.pspTransactionId);
      return promise && isBy(promise, found)
        ? replies.fail(found.pspTransactionId, promise.reason)
        : undefined;
    },
  };
}

function isBy(promise: PromisedFail, found: FoundPayment): boolean {
  return timingSafeEqual(promise.tokenHash, found.makePaymentTokenHash);
}
