/**
 * The life of one payment up to its authorisation. Captures, cancels and refunds are amounts taken
 * from an AUTHORISED payment: they are read off the operation log and are not states.
 */
const transitions = {
  CREATED: {
    CONFIRMED: 'AUTHORISING',
    REFUSED: 'FAILED',
    USER_CANCELLED: 'ABORTED',
    WALLET_FAILED: 'ABORTED',
    TIMED_OUT: 'EXPIRED',
    MERCHANT_CANCELLED: 'TERMINATED',
  },
  AUTHORISING: {
    APPROVED: 'ANSWERING',
    DECLINED: 'FAILED',
    SOFT_DECLINED: 'STEP_UP',
    NO_ANSWER: 'REVERSING',
  },
  // Approved and recorded; the money is ours to keep only once Vipps has been told.
  ANSWERING: { TOLD: 'AUTHORISED', NOT_TOLD: 'REVERSING' },
  STEP_UP: {
    CONFIRMED: 'AUTHORISING',
    CHALLENGE_FAILED: 'FAILED',
    REFUSED: 'FAILED',
    USER_CANCELLED: 'ABORTED',
    WALLET_FAILED: 'ABORTED',
    TIMED_OUT: 'EXPIRED',
  },
  // The issuer may be holding the customer's money: only an acknowledged reversal leads out.
  REVERSING: { REVERSED: 'FAILED' },
  AUTHORISED: {},
  FAILED: {},
  ABORTED: {},
  EXPIRED: {},
  TERMINATED: {},
} as const;

export type PaymentState = keyof typeof transitions;
export type PaymentEvent = {
  [State in PaymentState]: keyof (typeof transitions)[State];
}[PaymentState];

type Edges = Readonly<Record<PaymentState, Partial<Record<PaymentEvent, PaymentState>>>>;

export const paymentTransitions: Edges = transitions;

/** Where the event leads, or undefined where the table has no such edge. */
export function nextState(from: PaymentState, event: PaymentEvent): PaymentState | undefined {
  return paymentTransitions[from][event];
}

/** What a merchant sees of a state: the five of the ePayment API (reference guide, payment states). */
export const merchantStateOf = {
  CREATED: 'CREATED',
  AUTHORISING: 'CREATED',
  ANSWERING: 'CREATED',
  STEP_UP: 'CREATED',
  AUTHORISED: 'AUTHORIZED',
  REVERSING: 'ABORTED',
  FAILED: 'ABORTED',
  ABORTED: 'ABORTED',
  EXPIRED: 'EXPIRED',
  TERMINATED: 'TERMINATED',
} as const satisfies Record<PaymentState, string>;
