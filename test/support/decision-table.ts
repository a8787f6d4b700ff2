import { type PaymentState } from '../../src/payments/payment-state.ts';

/**
 * The decision table of makePayment as data, without the words of any version: each version of the
 * API says how it writes an incoming call, and the same list is run for each.
 */

/** What a payment has been through when the call comes. */
export const situations = [
  'CREATED',
  'AUTHORISED',
  'DECLINED',
  'FAILED_WITH_INVALID_CALL',
  'FAILED_UNDECRYPTABLE',
  'CANCELLED_BY_USER',
  'TIMED_OUT_AT_VIPPS',
  'REVERSING',
  'REVERSED',
  'NOT_TOLD',
  'NOT_TOLD_AND_REVERSED',
  'TERMINATED',
  'EXPIRED',
  'REFUSED_AT_INIT',
  'SUPERSEDED',
  'STEP_UP_OPEN',
  'STEP_UP_ENTERED',
  'STEP_UP_SUCCEEDED',
  'STEP_UP_RUN_OUT',
  'STEP_UP_FAILED',
  'STEP_UP_CANCELLED',
  'STEP_UP_TIMED_OUT',
  'STEP_UP_EXPIRED',
  'STEP_UP_GIVEN_UP',
  'SECOND_AUTHORISED',
  'SECOND_DECLINED',
  'SECOND_SOFT_DECLINED',
  'SECOND_REVERSING',
  'SECOND_NOT_TOLD',
] as const;
export type Situation = (typeof situations)[number];

export const incomings = [
  'CONFIRMED',
  'CANCEL',
  'TIMEOUT',
  'NO',
  'UNKNOWN_STATE',
  'CONFIRMED_WITHOUT_CARD',
  'UNDECRYPTABLE',
  'OTHER_MSN',
  'WRONG_TOKEN',
  'NO_TOKEN',
] as const;
export type Incoming = (typeof incomings)[number];

/** 'OK', a step-up, the id and text of a FAIL, or the empty 401. */
export type Expected = 'OK' | 'SOFT_DECLINE' | 401 | readonly [errorId: number, errorText?: string];

export interface Row {
  readonly situation: Situation;
  readonly incoming: Incoming;
  readonly answer: Expected;
  /** Where the payment comes to rest. */
  readonly state: PaymentState;
  /** Authorisations that the call causes. */
  readonly authorisations: 0 | 1;
  /** Whether the answer is the last word: a good call afterwards gets the same. */
  readonly final: boolean;
}

export const saysCancel = [93, 'Status from Vipps:CANCEL'] as const;
const timeout = [93, 'Status from Vipps:TIMEOUT'] as const;
export const saysNo = [93, 'Status from Vipps:NO'] as const;
const invalid = [71] as const;

/** What a FAIL is where nothing has been answered yet. */
const refusals: Partial<Record<Incoming, Expected>> = {
  CANCEL: saysCancel,
  TIMEOUT: timeout,
  NO: saysNo,
  UNKNOWN_STATE: invalid,
  CONFIRMED_WITHOUT_CARD: invalid,
  OTHER_MSN: invalid,
};

const withoutProof = ['WRONG_TOKEN', 'NO_TOKEN'] as const;
const withProof = incomings.filter((incoming) => !isWithoutProof(incoming));

function isWithoutProof(incoming: Incoming): boolean {
  return (withoutProof as readonly Incoming[]).includes(incoming);
}

/** Where each situation leaves the payment before the call. */
export const stateBefore: Readonly<Record<Situation, PaymentState>> = {
  CREATED: 'CREATED',
  AUTHORISED: 'AUTHORISED',
  DECLINED: 'FAILED',
  FAILED_WITH_INVALID_CALL: 'FAILED',
  FAILED_UNDECRYPTABLE: 'FAILED',
  CANCELLED_BY_USER: 'ABORTED',
  TIMED_OUT_AT_VIPPS: 'EXPIRED',
  REVERSING: 'REVERSING',
  REVERSED: 'FAILED',
  NOT_TOLD: 'REVERSING',
  NOT_TOLD_AND_REVERSED: 'FAILED',
  TERMINATED: 'TERMINATED',
  EXPIRED: 'EXPIRED',
  REFUSED_AT_INIT: 'FAILED',
  SUPERSEDED: 'CREATED',
  STEP_UP_OPEN: 'STEP_UP',
  STEP_UP_ENTERED: 'STEP_UP',
  STEP_UP_SUCCEEDED: 'STEP_UP',
  STEP_UP_RUN_OUT: 'STEP_UP',
  STEP_UP_FAILED: 'FAILED',
  STEP_UP_CANCELLED: 'ABORTED',
  STEP_UP_TIMED_OUT: 'EXPIRED',
  STEP_UP_EXPIRED: 'EXPIRED',
  STEP_UP_GIVEN_UP: 'ABORTED',
  SECOND_AUTHORISED: 'AUTHORISED',
  SECOND_DECLINED: 'FAILED',
  SECOND_SOFT_DECLINED: 'FAILED',
  SECOND_REVERSING: 'REVERSING',
  SECOND_NOT_TOLD: 'REVERSING',
};

/** The answer that stands, whatever comes. */
const standing: Partial<Record<Situation, Expected>> = {
  AUTHORISED: 'OK',
  DECLINED: [82],
  FAILED_WITH_INVALID_CALL: [71],
  FAILED_UNDECRYPTABLE: [92],
  CANCELLED_BY_USER: saysCancel,
  TIMED_OUT_AT_VIPPS: timeout,
  REVERSING: [85],
  REVERSED: [85],
  NOT_TOLD: [85],
  NOT_TOLD_AND_REVERSED: [85],
  STEP_UP_GIVEN_UP: saysCancel,
  SECOND_AUTHORISED: 'OK',
  SECOND_DECLINED: [82],
  SECOND_SOFT_DECLINED: [94],
  SECOND_REVERSING: [85],
  SECOND_NOT_TOLD: [85],
};

const pending: readonly Row[] = [
  row('CREATED', 'CONFIRMED', { answer: 'OK', state: 'AUTHORISED', authorisations: 1 }),
  row('CREATED', 'CANCEL', { answer: saysCancel, state: 'ABORTED' }),
  row('CREATED', 'TIMEOUT', { answer: timeout, state: 'EXPIRED' }),
  row('CREATED', 'NO', { answer: saysNo, state: 'ABORTED' }),
  row('CREATED', 'UNKNOWN_STATE', { answer: invalid, state: 'FAILED' }),
  row('CREATED', 'CONFIRMED_WITHOUT_CARD', { answer: invalid, state: 'FAILED' }),
  row('CREATED', 'UNDECRYPTABLE', { answer: [92], state: 'FAILED' }),
  row('CREATED', 'OTHER_MSN', { answer: invalid, state: 'FAILED' }),
];

const replayed = Object.entries(standing).flatMap(([situation, answer]) =>
  withProof.map((incoming) => row(situation as Situation, incoming, { answer })),
);

/** Ended without a leg: too late for a YES, 93 for the customer's no; the state stays. */
const endedEarly = (['TERMINATED', 'EXPIRED', 'REFUSED_AT_INIT'] as const).flatMap((situation) =>
  withProof.map((incoming) => row(situation, incoming, { answer: refusals[incoming] ?? [85] })),
);

/** The payment goes on under another id, so nothing is stored for this one. */
const superseded = withProof.map((incoming) =>
  row('SUPERSEDED', incoming, {
    answer: refusals[incoming] ?? [85],
    final: false,
  }),
);

/** Until the challenge has ended a call is the first one's duplicate, unless the customer gave up. */
const challengeUnderWay = (['STEP_UP_OPEN', 'STEP_UP_ENTERED'] as const).flatMap((situation) => [
  ...givenUpIn(situation),
  ...(
    ['CONFIRMED', 'UNKNOWN_STATE', 'CONFIRMED_WITHOUT_CARD', 'UNDECRYPTABLE', 'OTHER_MSN'] as const
  ).map((incoming) => row(situation, incoming, { answer: 'SOFT_DECLINE' })),
]);

const challengeSucceeded: readonly Row[] = [
  row('STEP_UP_SUCCEEDED', 'CONFIRMED', { answer: 'OK', state: 'AUTHORISED', authorisations: 1 }),
  row('STEP_UP_SUCCEEDED', 'UNDECRYPTABLE', { answer: [92], state: 'FAILED' }),
  ...invalidIn('STEP_UP_SUCCEEDED'),
  ...givenUpIn('STEP_UP_SUCCEEDED'),
];

/** Its time is up, though nobody has marked it yet. */
const challengeRunOut: readonly Row[] = [
  row('STEP_UP_RUN_OUT', 'CONFIRMED', { answer: [85], state: 'EXPIRED' }),
  row('STEP_UP_RUN_OUT', 'UNDECRYPTABLE', { answer: [85], state: 'EXPIRED' }),
  ...invalidIn('STEP_UP_RUN_OUT'),
  ...givenUpIn('STEP_UP_RUN_OUT'),
];

/** The payment ended with its challenge; what a good call is told says how. */
const challengeEnded = (
  [
    ['STEP_UP_FAILED', [82]],
    ['STEP_UP_CANCELLED', [72, 'The customer cancelled 3-D Secure']],
    ['STEP_UP_TIMED_OUT', [85]],
    ['STEP_UP_EXPIRED', [85]],
  ] as const
).flatMap(([situation, answer]) =>
  withProof.map((incoming) => row(situation, incoming, { answer: refusals[incoming] ?? answer })),
);

function givenUpIn(situation: Situation): readonly Row[] {
  return [
    row(situation, 'CANCEL', { answer: saysCancel, state: 'ABORTED' }),
    row(situation, 'TIMEOUT', { answer: timeout, state: 'EXPIRED' }),
    row(situation, 'NO', { answer: saysNo, state: 'ABORTED' }),
  ];
}

function invalidIn(situation: Situation): readonly Row[] {
  return (['UNKNOWN_STATE', 'CONFIRMED_WITHOUT_CARD', 'OTHER_MSN'] as const).map((incoming) =>
    row(situation, incoming, { answer: invalid, state: 'FAILED' }),
  );
}

const unproven = situations.flatMap((situation) =>
  withoutProof.map((incoming) => row(situation, incoming, { answer: 401, final: false })),
);

export const decisionTable: readonly Row[] = [
  ...pending,
  ...replayed,
  ...endedEarly,
  ...superseded,
  ...challengeUnderWay,
  ...challengeSucceeded,
  ...challengeRunOut,
  ...challengeEnded,
  ...unproven,
];

function row(
  situation: Situation,
  incoming: Incoming,
  rest: Pick<Row, 'answer'> & Partial<Row>,
): Row {
  return {
    situation,
    incoming,
    state: stateBefore[situation],
    authorisations: 0,
    final: true,
    ...rest,
  };
}
