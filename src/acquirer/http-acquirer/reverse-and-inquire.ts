import { messageOf } from '../../shared/errors.ts';
import { type Acquirer, type InquiryOutcome, type ReversalOutcome } from '../acquirer.ts';
import { readReversalAnswer, readTransactionAnswer } from './answers.ts';
import { type Connection } from './connection.ts';
import { reversalBody } from './messages.ts';
import { askAbout, sendMessage, unreadable } from './send.ts';

/** Reverses by our reference. Passes no breaker: it must get through as soon as anything does. */
export function reverseThrough({ http, timeoutMs }: Connection): Acquirer['reverse'] {
  const not = (why: string): ReversalOutcome => ({ kind: 'NOT_ACKNOWLEDGED', why });
  return async (request, signal) => {
    try {
      const { reference } = request;
      const message = { path: '/reversals', reference, body: reversalBody(request) };
      const sent = await sendMessage(http, message, { signal, timeoutMs });
      if (sent.kind !== 'ANSWERED') return not(sent.why);
      const answer = readReversalAnswer(sent.answer);
      if (!answer) return not(unreadable(sent.answer));
      if (answer.reference !== reference) return not('The answer is to another message');
      if (!answer.acknowledged) return not('The acquirer refuses the reversal');
      return { kind: 'ACKNOWLEDGED', found: answer.found };
    } catch (thrown) {
      return not(messageOf(thrown));
    }
  };
}

/** Inquires by our reference. Passes no breaker either. */
export function inquireThrough({ http, timeoutMs }: Connection): Acquirer['inquire'] {
  const unknown = (why: string): InquiryOutcome => ({ kind: 'UNKNOWN', why });
  return async (reference, signal) => {
    const sent = await askAbout(http, reference, { signal, timeoutMs });
    if (sent.kind !== 'ANSWERED') return unknown(sent.why);
    if (sent.answer.status === 404) return { kind: 'NOT_FOUND' };
    const answer = readTransactionAnswer(sent.answer);
    if (answer?.reference !== reference) return unknown(unreadable(sent.answer));
    return { kind: 'FOUND', approved: answer.approved, responseCode: answer.responseCode };
  };
}
