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

/** By how much each step ends before Vipps gives up, in milliseconds. */
const beforeDeadlineMs = { acquirer: 3_000, decide: 2_000, leave: 1_500, told: 1_000 };

const bodyWithinMs = 5_000;

/**
 * The budget within Vipps' patience, which the rail sets, at a fraction of its length: 1 in
 * production, 0.1 in tests.
 */
export function scaledBudget(scale: number, deadlineMs: number): Budget {
  return {
    bodyWithinMs: bodyWithinMs * scale,
    acquirerWithinMs: (deadlineMs - beforeDeadlineMs.acquirer) * scale,
    decideWithinMs: (deadlineMs - beforeDeadlineMs.decide) * scale,
    leaveWithinMs: (deadlineMs - beforeDeadlineMs.leave) * scale,
    toldWithinMs: (deadlineMs - beforeDeadlineMs.told) * scale,
  };
}
