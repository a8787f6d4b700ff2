import { type Authorisation, type Books, remainingOf } from './books.ts';
import { type Decision, ledgerEntry, type Moment } from './decision.ts';
import { type ReversalMessage } from './messages.ts';
import { responseCodes } from './response-codes.ts';

type Verdict = {
  readonly responseCode: string;
  readonly acknowledged: boolean;
  readonly found: boolean;
};

type Circumstances = Moment & {
  readonly responseCode: string | undefined;
  /** Whether a reversal that finds nothing is forgotten again. */
  readonly forgetful: boolean;
};

/** A ledger entry needs a currency even where nothing was found that had one. */
const currencyOfNothing = 'NOK';

/**
 * Releases what is left of an authorisation. One that is still being processed is not found; the
 * reversal is then remembered, unless this acquirer is a forgetful one, and declines it later.
 */
export function decideReversal(
  books: Books,
  message: ReversalMessage,
  circumstances: Circumstances,
): Decision {
  const { reference, originalReference, pspTransactionId } = message;
  const original = books.authorisations.get(originalReference);
  const { responseCode, acknowledged, found } = judge(original, message, circumstances);
  const approved = responseCode === responseCodes.approved;
  const amount = approved && original ? remainingOf(original) : 0;
  const currency = original?.currency ?? currencyOfNothing;
  const entry = ledgerEntry(
    'REVERSAL',
    { amount, currency, reference, originalReference, pspTransactionId, responseCode },
    { approved, now: circumstances.now },
  );
  const remembered = acknowledged && !found && !circumstances.forgetful;
  return { entry, answer: { reference, acknowledged, found }, remembered };
}

function judge(
  original: Authorisation | undefined,
  message: ReversalMessage,
  { responseCode: wanted }: Circumstances,
): Verdict {
  if (wanted !== undefined && wanted !== responseCodes.approved) {
    return { responseCode: wanted, acknowledged: false, found: original !== undefined };
  }
  if (!original) {
    return { responseCode: responseCodes.originalNotFound, acknowledged: true, found: false };
  }
  if (original.pspTransactionId !== message.pspTransactionId) {
    return { responseCode: responseCodes.originalNotFound, acknowledged: false, found: false };
  }
  if (original.captured > 0) {
    return { responseCode: responseCodes.invalidTransaction, acknowledged: false, found: true };
  }
  const { approved, noActionTaken } = responseCodes;
  const responseCode = remainingOf(original) > 0 ? approved : noActionTaken;
  return { responseCode, acknowledged: true, found: true };
}
