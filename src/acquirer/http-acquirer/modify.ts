import { type Circuit } from '../../http/circuit.ts';
import { messageOf } from '../../shared/errors.ts';
import { type ModificationOutcome, type ModificationRequest } from '../acquirer.ts';
import { type ResponseCodes } from '../response-codes.ts';
import { mismatchIn, readTransactionAnswer } from './answers.ts';
import { breakerOpen } from './authorise.ts';
import { type Connection } from './connection.ts';
import { modificationBody } from './messages.ts';
import { sendMessage, unreadable, type Sent } from './send.ts';

type Modify = (request: ModificationRequest, signal: AbortSignal) => Promise<ModificationOutcome>;

/**
 * Captures, voids or refunds, by path. Whatever is no definite yes or no is UNKNOWN, also where
 * nothing was sent: it is repeated under its own key until answered, and a repeat passes no
 * breaker.
 */
export function modifyThrough(
  { http, codes, timeoutMs }: Connection,
  path: '/captures' | '/voids' | '/refunds',
  circuit: Circuit,
): Modify {
  return async (request, signal) => {
    const send = async (): Promise<ModificationOutcome> => {
      const message = { path, reference: request.reference, body: modificationBody(request) };
      return outcomeOf(await sendMessage(http, message, { signal, timeoutMs }), request, codes);
    };
    try {
      if (request.repeat) return await send();
      const outcome = await circuit.run(send, ({ kind }) => kind === 'UNKNOWN');
      return outcome.kind === 'BREAKER_OPEN' ? { kind: 'UNKNOWN', why: breakerOpen } : outcome;
    } catch (thrown) {
      return { kind: 'UNKNOWN', why: messageOf(thrown) };
    }
  };
}

function outcomeOf(
  sent: Sent,
  request: ModificationRequest,
  codes: ResponseCodes,
): ModificationOutcome {
  if (sent.kind !== 'ANSWERED') return { kind: 'UNKNOWN', why: sent.why };
  const answer = readTransactionAnswer(sent.answer);
  if (!answer) return { kind: 'UNKNOWN', why: unreadable(sent.answer) };

  const mismatch = mismatchIn(answer, request);
  if (mismatch) {
    return { kind: 'UNKNOWN', why: `The ${mismatch} is not the one that was asked for` };
  }
  const { approved, responseCode, rrn } = answer;
  if (approved && responseCode === '00') {
    return { kind: 'DONE', responseCode, ...(rrn !== undefined && { rrn }) };
  }
  if (!approved && codes.refusesModification(responseCode))
    return { kind: 'REFUSED', responseCode };
  return { kind: 'UNKNOWN', why: `${responseCode} is neither a yes nor a no` };
}
