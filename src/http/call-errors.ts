import { AdapterError } from '../shared/errors.ts';

/**
 * The request certainly never left: the name was not found, no connection was made, or it was
 * given up while it waited for a free one. Whatever was asked has not happened.
 */
export class NeverSent extends AdapterError {
  override readonly name = 'NeverSent';
  readonly code = 'NEVER_SENT';
}

/**
 * The request left, or may have, and no whole answer came back: silence, a cut connection, half
 * an answer, or one over the limit. Whatever was asked may have happened.
 */
export class NoAnswer extends AdapterError {
  override readonly name = 'NoAnswer';
  readonly code = 'NO_ANSWER';
}

export type CallError = NeverSent | NoAnswer;
