import { type ServerResponse } from 'node:http';
import { type AcquirerState } from './acquirer-state.ts';
import { plainBehaviour } from './behaviour.ts';
import { type Books } from './books.ts';
import { cut, deliver } from './deliver.ts';
import { leaveUndecided } from './leave-undecided.ts';
import { behaviourOfRule, tampered } from './misbehaviour.ts';
import { Refusal } from './refusal.ts';

/**
 * Answers an inquiry by the caller's reference: the answer given then, the booking, and of an
 * authorisation what has become of it. A call still in progress is not found, like one never seen.
 */
export async function answerInquiry(
  state: AcquirerState,
  reference: string,
  response: ServerResponse,
): Promise<void> {
  const pspTransactionId = state.ledger.books.bookings.get(reference)?.entry.pspTransactionId;
  const rule = state.control.misbehaviours.take({ operation: 'inquire', pspTransactionId });
  const behaviour = { ...plainBehaviour, ...behaviourOfRule(rule) };
  const logged = { operation: 'inquire', reference };
  if (behaviour.fate !== 'ANSWER') {
    await leaveUndecided(state, { logged, behaviour }, response);
    return;
  }
  if (behaviour.delayMs > 0 && !(await state.pause(behaviour.delayMs))) {
    cut(response);
    return;
  }
  const transaction = describeTransaction(state.ledger.books, reference);
  state.log.info({ event: 'acquirer.answered', ...logged, found: transaction !== undefined });
  if (!transaction) throw new Refusal(404, 'not_found', 'No transaction has this reference.');
  deliver(response, tampered(JSON.stringify(transaction), rule), behaviour.delivery);
}

function describeTransaction(books: Books, reference: string): object | undefined {
  const booking = books.bookings.get(reference);
  if (!booking) return undefined;
  const authorisation = books.authorisations.get(reference);
  return {
    ...booking.entry,
    ...(JSON.parse(booking.answer) as object),
    ...(authorisation && {
      capturedAmount: authorisation.captured,
      voidedAmount: authorisation.voided,
      refundedAmount: authorisation.refunded,
      reversed: authorisation.reversed,
    }),
  };
}
