/**
 * What a call to Vipps can come to instead of its result.
 *
 * `mayHaveTakenEffect` is the question that matters for money: false is a promise that Vipps did
 * not do what was asked, over all tries of this call; true says that it may have.
 */
export type CallFailure =
  /** Vipps said no: 4xx, whatever the body. */
  | (Explained & { readonly kind: 'REFUSED'; readonly mayHaveTakenEffect: boolean })
  /** 401 also with a fresh access token, or no access token for our credentials. */
  | { readonly kind: 'UNAUTHORISED'; readonly mayHaveTakenEffect: boolean }
  /** 5xx, 408 or 429, still after the repeats. */
  | (Explained & {
      readonly kind: 'FAILED';
      /** Where Vipps asked to be left alone for so long, with 429. */
      readonly retryAfterMs?: number;
      readonly mayHaveTakenEffect: boolean;
    })
  /** Silence, a cut connection, or an answer that cannot be read. */
  | { readonly kind: 'NO_ANSWER'; readonly why: string; readonly mayHaveTakenEffect: true }
  /** No connection was made, or no access token could be had. */
  | { readonly kind: 'NOT_SENT'; readonly why: string; readonly mayHaveTakenEffect: false }
  | {
      readonly kind: 'BREAKER_OPEN';
      readonly retryAfterSeconds: number;
      readonly mayHaveTakenEffect: false;
    };

/** What Vipps' error bodies say, in any of their shapes. */
export interface Explained {
  readonly httpStatus: number;
  /** Vipps' own code; not always a number. The HTTP status where the body has none. */
  readonly code: string;
  readonly message: string;
  /** What Vipps' support asks for. */
  readonly contextId?: string;
}

/** The failure of the last try, seen together with what earlier tries may have done. */
export function afterEarlierTries(last: CallFailure, inDoubt: boolean): CallFailure {
  if (!inDoubt) return last;
  switch (last.kind) {
    case 'NOT_SENT':
    case 'BREAKER_OPEN':
      return {
        kind: 'NO_ANSWER',
        why: 'An earlier try had no answer, and it could not be sent again',
        mayHaveTakenEffect: true,
      };
    case 'NO_ANSWER':
      return last;
    case 'REFUSED':
    case 'UNAUTHORISED':
    case 'FAILED':
      return { ...last, mayHaveTakenEffect: true };
  }
}
