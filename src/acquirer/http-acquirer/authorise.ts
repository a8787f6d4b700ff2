import { schemeOf } from '../../card-data/card-scheme.ts';
import { type Circuit, type CircuitRefusal } from '../../http/circuit.ts';
import { withRetries } from '../../http/with-retries.ts';
import { messageOf } from '../../shared/errors.ts';
import {
  type Acquirer,
  type AuthorisationOutcome,
  type AuthorisationRequest,
  type Scheme,
} from '../acquirer.ts';
import { type ResponseCodes } from '../response-codes.ts';
import { mismatchIn, readTransactionAnswer, type TransactionAnswer } from './answers.ts';
import { type Connection } from './connection.ts';
import { authorisationBody } from './messages.ts';
import { sendMessage, unreadable, type Sent } from './send.ts';
import { rrnOf } from './trace-numbers.ts';

/**
 * Authorises: sent once, and again only while no connection was ever made. With the breaker open
 * it is not sent at all.
 */
export function authoriseThrough(connection: Connection, circuit: Circuit): Acquirer['authorise'] {
  return async (request, signal) => {
    const prepared = prepare(request);
    if ('kind' in prepared) return prepared;
    const { body, scheme } = prepared;
    const { http, codes, clock, connectRetries, timeoutMs } = connection;
    const message = { path: '/authorisations', reference: request.reference, body };

    try {
      const outcome = await withRetries<AuthorisationOutcome | CircuitRefusal>(
        {
          clock,
          untilMs: clock.monotonicMs() + timeoutMs,
          signal,
          shouldRetry: ({ kind }) => kind === 'NOT_SENT',
          ...connectRetries,
        },
        () =>
          circuit.run(async () => {
            const sent = await sendMessage(http, message, { signal, timeoutMs });
            return outcomeOf(sent, { request, scheme, codes });
          }, isOutage),
      );
      return outcome.kind === 'BREAKER_OPEN' ? { kind: 'NOT_SENT', why: breakerOpen } : outcome;
    } finally {
      body.fill(0);
    }
  };
}

export const breakerOpen = 'The circuit breaker is open';

type Prepared = { readonly body: Buffer; readonly scheme: Scheme };

/** A message that cannot be written, of a card that is wiped already, say, is never sent. */
function prepare(
  request: AuthorisationRequest,
): Prepared | Extract<AuthorisationOutcome, { kind: 'NOT_SENT' }> {
  try {
    const { card } = request;
    const scheme = card.kind === 'PAN' ? schemeOf(card.card) : card.token.scheme;
    return { scheme, body: authorisationBody(request) };
  } catch (thrown) {
    return { kind: 'NOT_SENT', why: `The message could not be written: ${messageOf(thrown)}` };
  }
}

interface Asked {
  readonly request: AuthorisationRequest;
  readonly scheme: Scheme;
  readonly codes: ResponseCodes;
}

function outcomeOf(sent: Sent, asked: Asked): AuthorisationOutcome {
  if (sent.kind !== 'ANSWERED') return sent;
  const answer = readTransactionAnswer(sent.answer);
  return answer ? judge(answer, asked) : { kind: 'NO_ANSWER', why: unreadable(sent.answer) };
}

function judge(answer: TransactionAnswer, { request, scheme, codes }: Asked): AuthorisationOutcome {
  const { responseCode } = answer;
  const unintelligible = (why: string): AuthorisationOutcome => ({
    kind: 'UNINTELLIGIBLE',
    responseCode,
    why,
  });

  const verdict = codes.verdictOn(responseCode, scheme);
  if (verdict === undefined) return unintelligible(`The code is not listed for ${scheme}`);
  const mismatch = mismatchIn(answer, request);
  if (mismatch) return unintelligible(`The ${mismatch} is not the one that was asked for`);
  if (answer.approved !== (verdict.kind === 'APPROVED')) {
    return unintelligible('The code says one thing and "approved" another');
  }
  switch (verdict.kind) {
    case 'APPROVED':
      return {
        kind: 'APPROVED',
        responseCode,
        authorisationCode: answer.authorisationCode ?? '',
        rrn: answer.rrn ?? rrnOf(request.reference),
      };
    case 'DECLINED':
      return { kind: 'DECLINED', reason: verdict.reason, responseCode };
    case 'SOFT_DECLINED':
      return { kind: 'SOFT_DECLINED', responseCode };
    case 'NOBODY_ANSWERED':
      return { kind: 'NO_ANSWER', why: `The acquirer had no answer either (${responseCode})` };
  }
}

/** Declines and answers that make no sense are answers all the same. */
function isOutage({ kind }: AuthorisationOutcome): boolean {
  return kind === 'NO_ANSWER' || kind === 'NOT_SENT';
}
