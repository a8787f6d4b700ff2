import { type CallFailure } from '../psp-api/call-failure.ts';

/** What the initiation of a payment can come to. */
export type InitiationOutcome =
  /** `redirectUrl` is null where nobody is redirected, or where the customer acted before its URL was known. */
  | { readonly kind: 'INITIATED'; readonly redirectUrl: string | null }
  /** The merchant has a payment with the reference. */
  | { readonly kind: 'REFERENCE_EXISTS' }
  | { readonly kind: 'REFUSED_BY_VIPPS'; readonly vippsCode: string; readonly message: string }
  /** It expired, or the merchant cancelled it, before Vipps had said yes. */
  | { readonly kind: 'ENDED_BEFORE' }
  | UnknownFate;

/** Vipps may or may not know the payment. The same request again goes on where this one stopped. */
export type UnknownFate = {
  readonly kind: 'UNKNOWN';
  readonly cause: 'REFUSED_US' | 'VIPPS_FAILED' | 'NO_ANSWER' | 'NOT_NOW';
  readonly retryAfterSeconds?: number;
};

const tooManyRequests = 429;

/** Everything but a refusal leaves the payment's fate open. */
export function unknownFate(failure: Exclude<CallFailure, { kind: 'REFUSED' }>): UnknownFate {
  switch (failure.kind) {
    case 'UNAUTHORISED':
      return { kind: 'UNKNOWN', cause: 'REFUSED_US' };
    case 'FAILED':
      return failure.httpStatus === tooManyRequests
        ? { kind: 'UNKNOWN', cause: 'NOT_NOW', retryAfterSeconds: 1 }
        : { kind: 'UNKNOWN', cause: 'VIPPS_FAILED' };
    case 'NO_ANSWER':
    case 'NOT_SENT':
      return { kind: 'UNKNOWN', cause: 'NO_ANSWER' };
    case 'BREAKER_OPEN':
      return {
        kind: 'UNKNOWN',
        cause: 'NOT_NOW',
        retryAfterSeconds: failure.retryAfterSeconds,
      };
  }
}
