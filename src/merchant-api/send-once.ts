import { type StoredAnswer } from '../idempotency/idempotent-call.ts';
import { type Worked } from '../idempotency/with-claim.ts';
import { type Exchange, sendAnswer, sendProblem } from './exchange.ts';
import { domainProblem, type Problem } from './problem.ts';

export const keyUsedForAnother = domainProblem(
  '4020',
  'The Idempotency-Key was used for another request',
);

/** Sends what became of a request under an idempotency key. */
export function sendOnce(
  exchange: Exchange,
  answered: Exclude<Worked<StoredAnswer>, { kind: 'WORKED' }>,
  otherRequest: Problem = keyUsedForAnother,
): void {
  switch (answered.kind) {
    case 'ANSWERED':
      sendAnswer(exchange, answered.answer);
      return;
    case 'OTHER_REQUEST':
      sendProblem(exchange, otherRequest);
      return;
    case 'BUSY':
      sendProblem(
        exchange,
        domainProblem('4020', 'A request with this Idempotency-Key is still under way'),
      );
  }
}
