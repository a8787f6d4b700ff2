/** The response codes (ISO 8583, data element 39) that the acquirer itself decides on. */
export const responseCodes = {
  approved: '00',
  partlyApproved: '10',
  /** An authorisation whose reversal came first, and any that a control rule does not name. */
  doNotHonour: '05',
  /** The original is declined, reversed, or in a reversal's way because it has been captured. */
  invalidTransaction: '12',
  /** The currency is not that of the original. */
  invalidAmount: '13',
  /** A reversal of what has no effect any more: declined, reversed or voided already. */
  noActionTaken: '21',
  /** No authorisation of that reference and payment. */
  originalNotFound: '25',
  /** More than is left to capture, to void or to refund. */
  exceedsLimit: '61',
} as const;
