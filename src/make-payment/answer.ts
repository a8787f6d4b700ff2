import { type IncomingCall } from './messages.ts';
import { type Reply } from './reply.ts';
import { type Stopwatch } from './stopwatch.ts';

/** How the answer to a call fared on its way out. */
export type Departure = 'TOLD' | 'NOT_TOLD' | 'UNCERTAIN';

export type Answer =
  | { readonly kind: 'UNAUTHORISED'; readonly paymentId: string }
  | {
      readonly kind: 'REPLY';
      readonly reply: Reply;
      /** For the log; absent where no payment was found. */
      readonly paymentId?: string;
      /** Where the answer says OK for the first time: what to say instead when it is too late, and whom to tell. */
      readonly approval?: Approval;
    };

/** An approval that waits for its delivery. */
export interface Approval {
  readonly insteadWhenLate: Reply;
  readonly departed: (how: Departure) => void;
}

/** Who calls, as far as that can be told before the payment is found. */
export interface Caller {
  /** The `Authorization` header as it came. */
  readonly authorization: string | undefined;
  /** Our own id of the request, for the log. */
  readonly requestId: string;
}

/**
 * Answers one makePayment call. Never throws for anything that a caller can send; what it throws is
 * a fault of ours.
 */
export type MakePayment = (
  call: IncomingCall,
  caller: Caller,
  stopwatch: Stopwatch,
) => Promise<Answer>;
