/**
 * The time that one makePayment call has, in milliseconds from the moment its headers were
 * complete. Vipps gives up after 15 s (PSP API guide, makePayment); each step ends early enough
 * for the next. Configuration, so that tests can run at a tenth.
 */
export interface Budget {
  /** A body that is not complete by then is answered with 408. */
  readonly bodyWithinMs: number;
  /** The acquirer is no longer waited for. */
  readonly acquirerWithinMs: number;
  /** The reply is decided, whether or not the database has heard of it. */
  readonly decideWithinMs: number;
  /** The answer has left. */
  readonly leaveWithinMs: number;
  /** An answer that finished by then counts as told; later it is uncertain. */
  readonly toldWithinMs: number;
}

const atFullLength: Budget = {
  bodyWithinMs: 5_000,
  acquirerWithinMs: 12_000,
  decideWithinMs: 13_000,
  leaveWithinMs: 13_500,
  toldWithinMs: 14_000,
};

/** The budget at a fraction of its length: 1 in production, 0.1 in tests. */
export function scaledBudget(scale: number): Budget {
  return {
    bodyWithinMs: atFullLength.bodyWithinMs * scale,
    acquirerWithinMs: atFullLength.acquirerWithinMs * scale,
    decideWithinMs: atFullLength.decideWithinMs * scale,
    leaveWithinMs: atFullLength.leaveWithinMs * scale,
    toldWithinMs: atFullLength.toldWithinMs * scale,
  };
}
