import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { type PromisedFails } from './promised-fails.ts';
import { type RefuseCall } from './refuse-call.ts';
import { type ReplyWriter } from './reply.ts';

/** The same refusal, given even where it cannot be stored now; it is stored later then. */
export function refuseOrPromise(dependencies: {
  readonly refuse: RefuseCall;
  readonly promises: PromisedFails;
  readonly replies: ReplyWriter;
  readonly log: Log;
}): RefuseCall {
  const { refuse, promises, replies, log } = dependencies;
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
