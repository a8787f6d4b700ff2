/**
 * The base of every error that we raise ourselves. `code` is stable and may be relied upon; the
 * message is for people, says what was wrong and what to do, and never holds a secret.
 */
export abstract class AdapterError extends Error {
  abstract readonly code: string;
}

/** A rule of ours was broken: a mistake in the program, not in what somebody sent. */
export class InvariantBroken extends AdapterError {
  override readonly name = 'InvariantBroken';
  readonly code = 'INVARIANT_BROKEN';
}

/** Throws when a thing that must be true is not. The sentence says what was expected. */
export function invariant(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new InvariantBroken(sentence);
}

/** The message of anything that was thrown, for a log line. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
