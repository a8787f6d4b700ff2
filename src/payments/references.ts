/**
 * Our references at the acquirer, each also its message's idempotency key. They are pure functions
 * of the payment and the leg or operation: an intention that a failover of the database lost, sent
 * once more, is the same message and not a second one.
 */
export function acquirerReferenceOf(pspTransactionId: string, leg: number): string {
  return `${pspTransactionId}-a${leg}`;
}

/** At the 3-D Secure server: the authentication that answers a soft decline of this leg. */
export function stepUpReferenceOf(pspTransactionId: string, leg: number): string {
  return `${pspTransactionId}-s${leg}`;
}

/** A reversal that proved nothing is followed by a new message, with the next ordinal. */
export function reversalReferenceOf(authorisationReference: string, ordinal: number): string {
  return `${authorisationReference}-r${ordinal}`;
}

/** A capture, a cancel or a refund; the operation's id is unique on its payment. */
export function modificationReferenceOf(pspTransactionId: string, operationId: string): string {
  return `${pspTransactionId}-${operationId}`;
}
