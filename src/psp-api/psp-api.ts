import { type CircuitPosition } from '../http/circuit.ts';
import { type Money } from '../shared/money.ts';
import { type Secret } from '../shared/secret.ts';
import { type CallFailure } from './call-failure.ts';

/**
 * Vipps' PSP API, versions 2 and 3, as the adapter calls it. None of the calls throws for what
 * Vipps or the network does: that is a value, and says whether the call may have taken effect.
 */
export interface PspApi {
  /**
   * Announces a payment. Repeated under the same Request-Id after silence, 5xx and 429, a few
   * times and within the budget: the Request-Id makes a repeat the same call to Vipps.
   */
  init(call: CallContext, request: InitRequest): Promise<InitOutcome>;
  /**
   * Reports operations of one merchant. Sent once: the outbox behind it is what repeats, with
   * the same bytes and the same Request-Id.
   */
  updateStatus(
    call: CallContext,
    transactions: readonly StatusLine[],
  ): Promise<UpdateStatusOutcome>;
  /** What Vipps shows of a payment. As late as Vipps' nightly batch: never decide on it. */
  details(call: CallContext, pspTransactionId: string): Promise<DetailsOutcome>;
  /**
   * v3 in Vipps' test environment, and nowhere else: has a payment approved as if its customer had
   * used the app. Sent once; Vipps calls makePayment meanwhile.
   */
  forceApprove(call: CallContext, approval: ForceApproval): Promise<ForceApproveOutcome>;
  /** The circuit breaker of each operation of each version, for metrics and readiness. */
  circuits(): Readonly<Record<PspVersion, Readonly<Record<PspOperation, CircuitPosition>>>>;
  /** Lets calls under way finish and closes the connections. */
  close(): Promise<void>;
}

/** The path segment of the version. */
export type PspVersion = 'v2' | 'v3';

export type PspOperation = 'init' | 'updateStatus' | 'details' | 'forceApprove';

/** What every call needs besides its content. */
export interface CallContext {
  /** That of the payments that the call is about. */
  readonly version: PspVersion;
  /** The merchant serial number of the one merchant that this call is about. */
  readonly msn: string;
  /** Kept by the caller, and the same whenever this call is made again. */
  readonly requestId: string;
  /** For all tries and the waits between them. */
  readonly budgetMs: number;
  /** For one try, where the client's own limit does not fit. */
  readonly tryTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface InitRequest {
  readonly pspTransactionId: string;
  readonly merchantOrderId: string;
  readonly amount: Money;
  /** Where Vipps sends the customer afterwards. */
  readonly pspRedirectUrl: string;
  readonly makePaymentUrl: string;
  /** What Vipps will send, as it is, in the Authorization header of makePayment. */
  readonly makePaymentToken: Secret<string>;
  /** Eight digits, without a country code. */
  readonly customerMobileNumber?: string;
  readonly paymentText?: string;
  readonly isApp?: boolean;
  readonly skipLandingPage?: boolean;
}

export type InitOutcome =
  | {
      readonly kind: 'INITIATED';
      /** As Vipps sent it, byte for byte. Valid for five minutes. */
      readonly vippsRedirectUrl: string;
    }
  /** With `duplicate` where Vipps knows one of the ids already. */
  | (Extract<CallFailure, { kind: 'REFUSED' }> & { readonly duplicate?: DuplicateId })
  | Exclude<CallFailure, { kind: 'REFUSED' }>;

export type DuplicateId = 'TRANSACTION' | 'ORDER';

/** One operation of one payment, in the words of Vipps' TransactionInfo. */
export interface StatusLine {
  readonly pspTransactionId: string;
  readonly status: 'RESERVED' | 'CAPTURED' | 'CANCELLED' | 'REFUNDED';
  /** Of this operation alone. */
  readonly amount: Money;
  readonly paymentText?: string;
  readonly operationStatus?: 'SUCCESS' | 'FAILED';
}

export type UpdateStatusOutcome =
  /** Vipps could read it; it shows only after the nightly batch, and in test never. */
  | {
      readonly kind: 'ACCEPTED';
      readonly responseCode?: string;
      readonly responseMessage?: string;
    }
  | CallFailure;

export type DetailsOutcome =
  | { readonly kind: 'FOUND'; readonly details: PaymentDetails }
  | { readonly kind: 'NOT_FOUND' }
  | CallFailure;

export interface ForceApproval {
  readonly pspTransactionId: string;
  /** Eight digits. */
  readonly customerPhoneNumber: string;
  /** The one in the redirect URL of init. */
  readonly token: string;
}

export type ForceApproveOutcome = { readonly kind: 'APPROVED' } | CallFailure;

export interface PaymentDetails {
  readonly pspTransactionId?: string;
  readonly merchantOrderId?: string;
  readonly summary: AmountSummary;
  readonly history: readonly HistoryEntry[];
}

/** In minor units; absent where Vipps left them out. */
export interface AmountSummary {
  readonly captured?: bigint;
  readonly remainingToCapture?: bigint;
  readonly refunded?: bigint;
  readonly remainingToRefund?: bigint;
}

export interface HistoryEntry {
  /** RESERVED, CAPTURED, CANCELLED, REFUNDED, or whatever else Vipps sends. */
  readonly operation: string;
  readonly succeeded?: boolean;
  readonly amount?: bigint;
  readonly paymentText?: string;
  /** ISO 8601 with an offset, as received. */
  readonly timeStamp?: string;
}
