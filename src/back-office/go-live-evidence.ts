import { type EvidenceFound } from './evidence-repository.ts';

interface ErrorToShow {
  readonly errorId: number;
  readonly errorText: string;
  /** What to write in the place of an id: how it comes about, or why it did not. */
  readonly ifNone: string;
}

/** What Vipps asks to see one payment of before a PSP goes live (PSP API checklist). */
const errorsToShow: readonly ErrorToShow[] = [
  {
    errorId: 71,
    errorText: 'Invalid request',
    ifNone: 'Comes only from a call of Vipps that cannot be read or names another merchant.',
  },
  {
    errorId: 72,
    errorText: 'free text',
    ifNone: 'Comes only from an answer of the acquirer that no table lists.',
  },
  { errorId: 81, errorText: 'No such issuer', ifNone: 'The acquirer said 15 of no card.' },
  { errorId: 82, errorText: 'Refused by Issuer', ifNone: 'The acquirer said 05 of no card.' },
  { errorId: 83, errorText: 'Suspected fraud', ifNone: 'The acquirer said 59 of no card.' },
  {
    errorId: 84,
    errorText: 'Exceeds withdrawal amount limit',
    ifNone: 'The acquirer said 61 of no card, and no payment was above its merchant’s limit.',
  },
  {
    errorId: 85,
    errorText: 'Response received too late',
    ifNone:
      'The acquirer was never late, and no customer approved what the merchant had cancelled.',
  },
  { errorId: 86, errorText: 'Expired card', ifNone: 'The acquirer said 54 of no card.' },
  {
    errorId: 87,
    errorText: 'Invalid card number (no such number)',
    ifNone: 'Vipps checks card numbers itself: the acquirer said 14 of none.',
  },
  {
    errorId: 88,
    errorText: 'Merchant does not allow credit cards',
    ifNone: 'Every merchant takes credit cards, or none was used where they are not taken.',
  },
  { errorId: 89, errorText: 'Insufficient funds', ifNone: 'The acquirer said 51 of no card.' },
  {
    errorId: 91,
    errorText: 'Internal error',
    ifNone: 'Comes only from a fault of ours, of which there was none.',
  },
  {
    errorId: 92,
    errorText: 'Unable to decrypt',
    ifNone: 'Comes only from card data under a key that is not ours.',
  },
  {
    errorId: 93,
    errorText: 'Status from Vipps:CANCEL, TIMEOUT or NO',
    ifNone: 'No customer cancelled or let the time pass.',
  },
  {
    errorId: 94,
    errorText: 'Unhandled soft decline',
    ifNone: 'Every soft decline was answered by a step-up, or there was none.',
  },
  { errorId: 1036, errorText: 'Soft Decline', ifNone: 'No issuer asked for a step-up.' },
];

/** The list that Vipps is sent: ids for each thing to show, or the reason why there is none. */
export function goLiveEvidence({ byErrorId, ...payments }: EvidenceFound) {
  return {
    payments,
    answers: errorsToShow.map(({ errorId, errorText, ifNone }) => {
      const pspTransactionIds = byErrorId.get(errorId) ?? [];
      const reason = pspTransactionIds.length === 0 ? ifNone : null;
      return { errorId, errorText, pspTransactionIds, reason };
    }),
  };
}
