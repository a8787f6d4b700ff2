import { type Books } from './books.ts';
import { authorisationCodeOf, type Decision, ledgerEntry, type Moment, rrnOf } from './decision.ts';
import { type AuthorisationMessage, type TransactionAnswer } from './messages.ts';
import { responseCodes } from './response-codes.ts';

/**
 * Approves unless a code says otherwise; a reversal that came first and is remembered declines it
 * whatever the code. Code 10 approves half the amount, rounded up.
 */
export function decideAuthorisation(
  books: Books,
  message: AuthorisationMessage,
  { responseCode: wanted, ...moment }: Moment & { readonly responseCode: string | undefined },
): Decision {
  const { reference, pspTransactionId, currency } = message;
  const responseCode = books.rememberedReversals.has(reference)
    ? responseCodes.doNotHonour
    : (wanted ?? responseCodes.approved);
  const partly = responseCode === responseCodes.partlyApproved;
  const approved = partly || responseCode === responseCodes.approved;
  const amount = partly ? Math.ceil(message.amount / 2) : message.amount;
  const answer: TransactionAnswer = {
    reference,
    approved,
    responseCode,
    amount,
    currency,
    ...(approved ? { authorisationCode: authorisationCodeOf(reference) } : {}),
    rrn: rrnOf(moment),
  };
  const entry = ledgerEntry(
    'AUTHORISATION',
    { amount, currency, reference, originalReference: null, pspTransactionId, responseCode },
    { approved, now: moment.now },
  );
  return { entry, answer };
}
