/**
 * How one call is dealt with. The amount of an authorisation gives one (`amounts.ts`), a rule of the
 * control API another (`misbehaviour.ts`); what the rule says goes before what the amount says.
 */
export type Behaviour = {
  /** Between the request and the decision. */
  readonly delayMs: number;
  /** ANSWER decides and books; the others leave the call undecided and book nothing. */
  readonly fate: 'ANSWER' | 'ERROR' | 'CUT' | 'SILENCE';
  /** The HTTP status of the fate ERROR. */
  readonly status: number;
  /** How an answer leaves after the decision is in the books. */
  readonly delivery: 'WHOLE' | 'HALF' | 'CUT';
  /** 00 approves, 10 approves half, any other declines; undefined leaves it to the checks. */
  readonly responseCode: string | undefined;
};

export const plainBehaviour: Behaviour = {
  delayMs: 0,
  fate: 'ANSWER',
  status: 500,
  delivery: 'WHOLE',
  responseCode: undefined,
};
