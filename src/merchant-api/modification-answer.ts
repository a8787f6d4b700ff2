import { type StoredAnswer } from '../idempotency/idempotent-call.ts';
import { type Refusal } from '../modifications/judge-modification.ts';
import { type ModificationResult } from '../modifications/modification-result.ts';
import { type ModificationKind } from '../modifications/modification.ts';
import { type Exchange, problemAnswer } from './exchange.ts';
import { modificationBody } from './payment-messages.ts';
import { type ProblemCode } from './problem-codes.ts';
import { domainProblem, type Problem } from './problem.ts';
import { referenceNotFound } from './read-payment-routes.ts';
import { keyUsedForAnother } from './send-once.ts';

/** The answer of capture, cancel and refund (ePayment API, ModificationResponse), or why there is none. */
export function modificationAnswer(
  exchange: Exchange,
  kind: ModificationKind,
  result: ModificationResult,
): StoredAnswer {
  if (result.kind !== 'DONE') return problemAnswer(exchange, problemOf(kind, result));
  return { status: 200, body: JSON.stringify(modificationBody(result.payment)) };
}

/** What is said of a key that belongs to another request (ePayment API guide, error codes). */
export const keyConflicts: Readonly<Record<ModificationKind, Problem>> = {
  CAPTURE: domainProblem('4010', keyUsedForAnother.detail),
  CANCEL: keyUsedForAnother,
  REFUND: domainProblem('4150', keyUsedForAnother.detail, {
    title: 'Idempotency-Key already used for another refund',
  }),
};

function problemOf(
  kind: ModificationKind,
  result: Exclude<ModificationResult, { kind: 'DONE' }>,
): Problem {
  switch (result.kind) {
    case 'NOT_FOUND':
      return referenceNotFound;
    case 'KEY_REUSED':
      return keyConflicts[kind];
    case 'REFUSED':
      return domainProblem(...refusals[result.refusal]);
    case 'REFUSED_BY_ACQUIRER':
      return refusedByAcquirer(kind, result.responseCode);
  }
}

const insufficientFunds = '51';

function refusedByAcquirer(kind: ModificationKind, responseCode: string): Problem {
  const code = { CAPTURE: '6200', CANCEL: '6190', REFUND: '6210' } as const;
  return domainProblem(
    kind === 'CAPTURE' && responseCode === insufficientFunds ? '6260' : code[kind],
    'The acquirer refused it',
    { extraDetails: [{ name: 'AcquirerResponseCode', reason: responseCode }] },
  );
}

const refusals: Readonly<Record<Refusal, readonly [ProblemCode, string]>> = {
  BEING_PROCESSED: [
    '6160',
    'An operation on the payment is under way. Send the same request again later, with the same Idempotency-Key.',
  ],
  BEING_AUTHORISED: ['6250', 'The customer has approved, and the payment is being authorised'],
  CAPTURE_BEFORE_RESERVATION: ['6080', 'The customer has not approved the payment'],
  REFUND_BEFORE_RESERVATION: ['6020', 'The customer has not approved the payment'],
  CANNOT_BE_CAPTURED: ['6200', 'The payment ended without an authorisation'],
  CANNOT_BE_CANCELLED: ['6190', 'Nothing of the payment is left to cancel'],
  CANNOT_BE_REFUNDED: ['6210', 'The payment ended without an authorisation'],
  ENDED: ['6050', 'The payment has ended already'],
  OTHER_CURRENCY: ['5040', "modificationAmount.currency must be the payment's"],
  AMOUNT_TOO_SMALL: ['6010', 'modificationAmount.value must be at least 1'],
  CAPTURED_ALREADY: ['6170', 'The whole amount is captured already'],
  CANCELLED_ALREADY: ['6070', 'What was not captured is cancelled already'],
  REFUNDED_ALREADY: ['6180', 'All that was captured is refunded already'],
  CAPTURED_IN_FULL: ['6040', 'The whole amount is captured: refund it instead'],
  CAPTURE_TOO_LATE: ['6100', 'A payment can be captured for 180 days'],
  CANCEL_TOO_LATE: ['6030', 'A payment can be cancelled for 180 days'],
  REFUND_TOO_LATE: ['6220', 'A payment can be refunded for 365 days'],
  MORE_THAN_CAPTURABLE: ['6090', 'modificationAmount.value is more than is left to capture'],
  MORE_THAN_REFUNDABLE: ['6150', 'modificationAmount.value is more than is left to refund'],
  ONLY_BEFORE_AUTHORISATION: [
    '6060',
    'The payment is authorised, and cancelTransactionOnly forbids to cancel it then',
  ],
};
