/**
 * How our books can differ from the acquirer's and from what Vipps was told. The first five are
 * healed; the others are for a person, as no step of ours could make them right without guessing.
 */
export type DifferenceKind =
  /** The acquirer holds money for a payment that Vipps was never told OK for. */
  | 'APPROVAL_NEVER_TOLD'
  /** A reversal was acknowledged, and the authorisation stands all the same. */
  | 'REVERSAL_NOT_CARRIED_OUT'
  /** A payment is being reversed, and no reversal is due. */
  | 'REVERSAL_MISSING'
  /** A capture, cancel or refund of ours has had no answer for long. */
  | 'OUTCOME_UNKNOWN'
  /** An operation was done, and no report to Vipps was written. */
  | 'REPORT_MISSING'
  | 'AUTHORISED_HERE_NOT_THERE'
  | 'AUTHORISED_HERE_UNDONE_THERE'
  | 'DONE_HERE_NOT_THERE'
  | 'DONE_THERE_NOT_HERE'
  | 'AMOUNT_DIFFERS'
  | 'AMOUNTS_DO_NOT_ADD_UP'
  /** The acquirer knows a payment under an id that is none of ours. */
  | 'UNKNOWN_PAYMENT'
  /** Vipps shows other amounts than were reported, long after its nightly batch. Never acted upon. */
  | 'VIPPS_DIFFERS';

export interface Difference {
  readonly kind: DifferenceKind;
  readonly pspTransactionId: string;
  /** The message, operation or entry of the log that it is about. */
  readonly subject: string;
  /** What would heal it; absent where only a person can. */
  readonly remedy?: Remedy;
}

export type Remedy =
  | {
      readonly kind: 'ORDER_REVERSAL';
      readonly paymentId: string;
      readonly leg: number;
      readonly acquirerReference: string;
      readonly pspTransactionId: string;
    }
  /** The same message goes out again, under its own key. */
  | { readonly kind: 'REPEAT_OPERATION'; readonly paymentId: string; readonly operationId: string }
  | { readonly kind: 'ENQUEUE_REPORT'; readonly paymentId: string; readonly sequence: number };
