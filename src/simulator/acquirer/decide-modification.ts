import { type Authorisation, type Books, remainingOf } from './books.ts';
import { type Decision, ledgerEntry, type Moment, rrnOf } from './decision.ts';
import { type ModificationMessage } from './messages.ts';
import { responseCodes } from './response-codes.ts';

export type ModificationType = 'CAPTURE' | 'VOID' | 'REFUND';

/**
 * Captures and voids take from what is authorised and neither captured nor voided; refunds take from
 * what is captured and not refunded. The original is always the authorisation.
 */
export function decideModification(
  books: Books,
  { type, message }: { readonly type: ModificationType; readonly message: ModificationMessage },
  { responseCode: wanted, ...moment }: Moment & { readonly responseCode: string | undefined },
): Decision {
  const { reference, originalReference, pspTransactionId, amount, currency } = message;
  const forced = wanted === responseCodes.approved ? undefined : wanted;
  const responseCode = forced ?? check(books.authorisations.get(originalReference), type, message);
  const approved = responseCode === responseCodes.approved;
  const entry = ledgerEntry(
    type,
    { amount, currency, reference, originalReference, pspTransactionId, responseCode },
    { approved, now: moment.now },
  );
  const answer = { reference, approved, responseCode, amount, currency, rrn: rrnOf(moment) };
  return { entry, answer };
}

function check(
  original: Authorisation | undefined,
  type: ModificationType,
  message: ModificationMessage,
): string {
  if (original?.pspTransactionId !== message.pspTransactionId) {
    return responseCodes.originalNotFound;
  }
  if (!original.approved || original.reversed) return responseCodes.invalidTransaction;
  if (original.currency !== message.currency) return responseCodes.invalidAmount;
  const left = type === 'REFUND' ? original.captured - original.refunded : remainingOf(original);
  return message.amount <= left ? responseCodes.approved : responseCodes.exceedsLimit;
}
