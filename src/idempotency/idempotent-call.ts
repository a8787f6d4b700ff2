/** A request under an idempotency key, as the key's later uses are compared with it. */
export interface IdempotentCall {
  readonly msn: string;
  readonly key: string;
  readonly operation: string;
  /** Keyed hash of method, path and body. */
  readonly fingerprint: Buffer;
}

/** An answer as it is repeated: the same bytes each time. */
export interface StoredAnswer {
  readonly status: number;
  readonly body: string;
}

/** The right to work on a call, until somebody takes it over with a higher fence. */
export interface Claim {
  readonly call: IdempotentCall;
  readonly fence: number;
  /** The payment that an earlier, unfinished try began; null on the first one. */
  readonly paymentId: string | null;
}

/** What became of the attempt to work on a call. */
export type ClaimResult =
  | { readonly kind: 'CLAIMED'; readonly claim: Claim }
  | { readonly kind: 'ANSWERED'; readonly answer: StoredAnswer }
  /** The key belongs to another request. */
  | { readonly kind: 'OTHER_REQUEST' }
  /** Somebody else works on it. */
  | { readonly kind: 'RUNNING' };

/** Whether an answer is final for its key: what may be different next time is not. */
export function sticks(status: number): boolean {
  return status < 500 && status !== 423 && status !== 429;
}
