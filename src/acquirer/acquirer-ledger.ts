/** One effect as the acquirer has booked it. */
export interface LedgerEntry {
  readonly type: 'AUTHORISATION' | 'CAPTURE' | 'VOID' | 'REFUND' | 'REVERSAL';
  readonly approved: boolean;
  readonly amountMinor: bigint;
  readonly currency: string;
  /** Our reference to the message. */
  readonly reference: string;
  /** Our reference to the authorisation that it belongs to; null for an authorisation itself. */
  readonly originalReference: string | null;
  readonly pspTransactionId: string;
}

/** What the acquirer has booked: the other side of a reconciliation. */
export interface AcquirerLedger {
  /**
   * Everything that was booked, oldest first.
   *
   * @throws when the acquirer does not answer or its answer cannot be read: half a ledger is none.
   */
  entries(signal: AbortSignal): Promise<readonly LedgerEntry[]>;
}
