import { type DeclineReason } from '../acquirer/acquirer.ts';
import { withoutCardNumbers } from '../card-data/card-number-in-text.ts';

/** An answer to makePayment as it goes over the wire; stored with its leg and replayed byte for byte. */
export interface Reply {
  readonly status: 'OK' | 'FAIL' | 'SOFT_DECLINE';
  /** JSON text: the body of the HTTP 200. */
  readonly body: string;
}

/** How `errorId` is written: the schema says string, every published example a number (PSP API guide). */
export type ErrorIdFormat = 'number' | 'string';

/** Why a FAIL is given, in our words. */
export type FailReason =
  | DeclineReason
  | 'INVALID_REQUEST'
  | 'UNINTELLIGIBLE_ANSWER'
  | 'TOO_LATE'
  | 'INTERNAL_ERROR'
  | 'UNABLE_TO_DECRYPT'
  | 'CANCELLED_BY_USER'
  | 'TIMED_OUT_AT_VIPPS'
  | 'FAILED_AT_VIPPS'
  | 'UNHANDLED_SOFT_DECLINE'
  | 'CHALLENGE_FAILED'
  | 'CHALLENGE_CANCELLED'
  | 'CHALLENGE_TIMED_OUT';

interface ErrorMessage {
  readonly errorId: number;
  readonly errorText: string;
}

/** The error ids and their exact texts (PSP API guide, table "Error codes" of makePayment). */
const errorMessages = {
  INVALID_REQUEST: { errorId: 71, errorText: 'Invalid request' },
  UNINTELLIGIBLE_ANSWER: {
    errorId: 72,
    errorText: 'The acquirer gave an answer that is not known',
  },
  NO_SUCH_ISSUER: { errorId: 81, errorText: 'No such issuer' },
  REFUSED_BY_ISSUER: { errorId: 82, errorText: 'Refused by Issuer' },
  SUSPECTED_FRAUD: { errorId: 83, errorText: 'Suspected fraud' },
  EXCEEDS_LIMIT: { errorId: 84, errorText: 'Exceeds withdrawal amount limit' },
  TOO_LATE: { errorId: 85, errorText: 'Response received too late' },
  EXPIRED_CARD: { errorId: 86, errorText: 'Expired card' },
  INVALID_CARD_NUMBER: { errorId: 87, errorText: 'Invalid card number (no such number)' },
  CREDIT_NOT_ALLOWED: { errorId: 88, errorText: 'Merchant does not allow credit cards' },
  INSUFFICIENT_FUNDS: { errorId: 89, errorText: 'Insufficient funds' },
  INTERNAL_ERROR: { errorId: 91, errorText: 'Internal error' },
  UNABLE_TO_DECRYPT: { errorId: 92, errorText: 'Unable to decrypt' },
  CANCELLED_BY_USER: { errorId: 93, errorText: 'Status from Vipps:CANCEL' },
  TIMED_OUT_AT_VIPPS: { errorId: 93, errorText: 'Status from Vipps:TIMEOUT' },
  FAILED_AT_VIPPS: { errorId: 93, errorText: 'Status from Vipps:NO' },
  UNHANDLED_SOFT_DECLINE: { errorId: 94, errorText: 'Unhandled soft decline' },
  // The issuer's own server refused the customer.
  CHALLENGE_FAILED: { errorId: 82, errorText: 'Refused by Issuer' },
  CHALLENGE_TIMED_OUT: { errorId: 85, errorText: 'Response received too late' },
  CHALLENGE_CANCELLED: { errorId: 72, errorText: 'The customer cancelled 3-D Secure' },
} as const satisfies Record<FailReason, ErrorMessage>;

/** A reply as the log has it: `OK`, `FAIL 82`. */
export function inWords({ status, body }: Reply): string {
  const errorId = /"errorId":"?(\d+)/.exec(body)?.[1];
  return errorId === undefined ? status : `${status} ${errorId}`;
}

/** Writes the answers to makePayment in the form that the deployment is set to. */
export interface ReplyWriter {
  ok(pspTransactionId: string): Reply;
  /** `url3dSecure` is where Vipps' app opens the step-up. */
  softDecline(pspTransactionId: string, url3dSecure: string): Reply;
  fail(pspTransactionId: string, reason: FailReason): Reply;
  /** To a call whose id is not known to be one of ours: echoed, unless a card number stands in it. */
  failUnknown(sentId: string, reason: FailReason): Reply;
}

const softDeclineMessage: ErrorMessage = { errorId: 1036, errorText: 'Soft Decline' };

export function createReplyWriter(errorIdFormat: ErrorIdFormat): ReplyWriter {
  const asFormatted = ({ errorId, errorText }: ErrorMessage) => ({
    errorId: errorIdFormat === 'string' ? String(errorId) : errorId,
    errorText,
  });
  const fail: ReplyWriter['fail'] = (pspTransactionId, reason) => {
    const errorMessage = asFormatted(errorMessages[reason]);
    const paymentInfo = { pspTransactionId, status: 'FAIL' };
    return { status: 'FAIL', body: JSON.stringify({ errorMessage, paymentInfo }) };
  };
  return {
    ok: (pspTransactionId) => ({
      status: 'OK',
      body: JSON.stringify({ paymentInfo: { pspTransactionId, status: 'OK' } }),
    }),
    softDecline: (pspTransactionId, url3dSecure) => {
      const errorMessage = asFormatted(softDeclineMessage);
      const paymentInfo = { pspTransactionId, status: 'SOFT_DECLINE', url3dSecure };
      return { status: 'SOFT_DECLINE', body: JSON.stringify({ errorMessage, paymentInfo }) };
    },
    fail,
    failUnknown: (sentId, reason) =>
      fail(withoutCardNumbers(sentId) === sentId ? sentId : '', reason),
  };
}
