/**
 * A payment as Vipps sees it (Vipps PSP API, state machine). `CHALLENGE`: the PSP answered
 * SOFT_DECLINE and the customer is to be authenticated.
 */
export type PaymentState = 'INITIATED' | 'CHALLENGE' | 'RESERVED' | 'FAILED';

/** Why a payment is FAILED. */
export type FailureReason =
  'CANCEL' | 'TIMEOUT' | 'NO' | 'REFUSED' | 'NO_ANSWER' | 'HTTP_STATUS' | 'BAD_ANSWER';

export type Confirmed = 'YES' | 'CANCEL' | 'TIMEOUT' | 'NO';

export type VersionName = 'v2' | 'v3';

export type OperationName = '3dssuccess' | '3dscancel' | '3dsfailure';

/** Where the page of the step-up must end: one of these, byte for byte. */
export type Operation3DSecure = { readonly operation: OperationName; readonly url: string };

/** How far the customer has come in the step-up. */
export type Challenge = {
  /** The customer has opened the page of the PSP. */
  readonly opened: boolean;
  /** Where the page ended, as far as that was one of the places where it may. */
  readonly reached: OperationName | 'FIXED' | undefined;
  /** Where it ended and may not. */
  readonly strayed: string | undefined;
};

export type Payment = {
  readonly pspTransactionId: string;
  readonly merchantOrderId: string;
  readonly merchantSerialNumber: string;
  /** Øre. */
  readonly amount: number;
  readonly currency: string;
  readonly paymentText: string | undefined;
  readonly customerMobileNumber: string | undefined;
  readonly pspRedirectUrl: string;
  readonly makePaymentUrl: string;
  readonly makePaymentToken: string | undefined;
  readonly isApp: boolean;
  readonly skipLandingPage: boolean;
  readonly version: VersionName;
  /** Of this payment; absent from the data files of old. */
  readonly operations?: readonly Operation3DSecure[] | undefined;
  /** Whether the PSP was told of them in the call that it answered with SOFT_DECLINE. */
  readonly sentOperations?: boolean | undefined;
  readonly landingToken: string;
  readonly vippsRedirectUrl: string;
  readonly requestId: string | undefined;
  /** SHA-256 of the init body, so that a repeated Request-Id can be recognised after a restart. */
  readonly bodyHash: string;
  readonly createdAtMs: number;

  readonly state: PaymentState;
  readonly failure: FailureReason | undefined;
  readonly activated: boolean;
  readonly userAction: 'PAY' | 'CANCEL' | 'IGNORE' | undefined;
  readonly url3dSecure: string | undefined;
  readonly challenge?: Challenge | undefined;
  readonly callbacks: readonly Callback[];

  readonly capturedAmount: number;
  readonly cancelledAmount: number;
  readonly refundedAmount: number;
  readonly reservationShown: boolean;
  readonly log: readonly LogEntry[];
};

export type LogEntry = {
  readonly amount: number;
  readonly paymentText: string;
  readonly timeStamp: string;
  readonly operation: string;
  readonly operationSuccess: boolean;
};

/** One makePayment call that was sent, and what came of it. Holds no card data and no token. */
export type Callback = {
  readonly number: number;
  readonly confirmed: string;
  readonly card: string | undefined;
  readonly url: string;
  /** Whether the answer was allowed to move the payment; a duplicate's is only recorded. */
  readonly decides: boolean;
  readonly sentAt: string;
  readonly durationMs: number;
  readonly outcome: 'ANSWERED' | 'CUT_AFTER_PATIENCE' | 'CONNECTION_FAILED';
  readonly problem: string | undefined;
  readonly httpStatus: number | undefined;
  readonly contentType: string | undefined;
  /** The answer, byte for byte. */
  readonly bodyBase64: string | undefined;
  readonly verdict: 'RESERVED' | 'FAILED' | 'CHALLENGE';
  readonly reason: FailureReason | undefined;
  /** What a careful reader of the specification would object to in the answer. */
  readonly remarks: readonly string[];
};
