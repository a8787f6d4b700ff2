import { type PaymentView } from '../payments/payment-repository.ts';

/** What can be done to an authorised payment. */
export type ModificationKind = 'CAPTURE' | 'CANCEL' | 'REFUND';

/** The word for it once it is done: in the log, to merchants and to Vipps alike. */
export const doneAs = {
  CAPTURE: 'CAPTURED',
  CANCEL: 'CANCELLED',
  REFUND: 'REFUNDED',
} as const satisfies Record<ModificationKind, string>;

/** A payment whose row is locked until the transaction ends. All amounts in minor units. */
export interface LockedPayment extends PaymentView {
  readonly msn: string;
  readonly pspTransactionId: string;
  readonly paymentText: string;
  readonly capturingMinor: bigint;
  readonly cancellingMinor: bigint;
  readonly refundingMinor: bigint;
  /** Whole days by the database's clock; null for a payment that was never authorised. */
  readonly authorisedDaysAgo: number | null;
}

type Amounts = Pick<
  LockedPayment,
  | 'authorisedMinor'
  | 'capturedMinor'
  | 'capturingMinor'
  | 'cancelledMinor'
  | 'cancellingMinor'
  | 'refundedMinor'
  | 'refundingMinor'
>;

/** What may still be captured or cancelled, in minor units; what is under way counts as gone. */
export function remainderMinor(payment: Amounts): bigint {
  const { authorisedMinor, capturedMinor, capturingMinor, cancelledMinor, cancellingMinor } =
    payment;
  return authorisedMinor - capturedMinor - capturingMinor - cancelledMinor - cancellingMinor;
}

/** What may still be refunded, in minor units; what is under way counts as gone. */
export function refundableMinor(payment: Amounts): bigint {
  return payment.capturedMinor - payment.refundedMinor - payment.refundingMinor;
}

/** What the modification draws on, in minor units. */
export function leftForMinor(kind: ModificationKind, payment: Amounts): bigint {
  return kind === 'REFUND' ? refundableMinor(payment) : remainderMinor(payment);
}
