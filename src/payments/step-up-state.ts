/**
 * The life of one step-up: OPEN until a browser enters it, then ENTERED until the challenge has ended
 * or its time is up. CLOSED is what nobody needs any more: Vipps has given the payment up.
 */
export const stepUpStates = [
  'OPEN',
  'ENTERED',
  'SUCCEEDED',
  'FAILED',
  'CANCELLED',
  'TIMED_OUT',
  'CLOSED',
] as const;

export type StepUpState = (typeof stepUpStates)[number];
