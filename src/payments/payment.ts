import { type Currency } from '../shared/money.ts';
import { type PaymentState } from './payment-state.ts';

/** The protocol with Vipps that a payment was begun on; it stays with the payment for life. */
export type Rail = 'psp-v2' | 'psp-v3' | 'epayment-psp' | 'epayment';

export type UserFlow = 'WEB_REDIRECT' | 'NATIVE_REDIRECT' | 'PUSH_MESSAGE';

/** A payment as the core knows it: no wire, no rail's field names, all amounts in minor units. */
export interface Payment {
  readonly id: string;
  readonly msn: string;
  /** The merchant's own id of the payment, unique for the merchant. */
  readonly reference: string;
  readonly rail: Rail;
  /** The id that Vipps and the acquirer know the payment by. */
  readonly pspTransactionId: string;
  readonly state: PaymentState;
  /** The number of the last entry in the operation log. */
  readonly version: number;
  readonly currency: Currency;
  readonly amountMinor: bigint;
  readonly authorisedMinor: bigint;
  readonly capturedMinor: bigint;
  readonly capturingMinor: bigint;
  readonly cancelledMinor: bigint;
  readonly cancellingMinor: bigint;
  readonly refundedMinor: bigint;
  readonly refundingMinor: bigint;
  readonly userFlow: UserFlow;
  readonly returnUrl: string | null;
  readonly paymentText: string;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly vippsRedirectUrl: string | null;
  readonly maskedPan: string | null;
  readonly bin: string | null;
  readonly scheme: string | null;
  /** Our reference to the authorisation at the acquirer. */
  readonly acquirerReference: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly authorisedAt: Date | null;
}
