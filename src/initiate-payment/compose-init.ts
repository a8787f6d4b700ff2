import { type Rail } from '../payments/rail.ts';
import { type InitRequest } from '../psp-api/psp-api.ts';
import { type Secret } from '../shared/secret.ts';
import { type PaymentOrder } from './payment-order.ts';
import { type PaymentTokens } from './payment-tokens.ts';
import { type PspTransaction } from './psp-transaction.ts';

export interface InitTerms {
  /** Where Vipps calls makePayment. */
  readonly makePaymentUrlOf: (rail: Rail) => string;
  /** The page of ours that a customer comes back to. */
  readonly returnPageUrlOf: (token: Secret<string>) => string;
  readonly tokens: PaymentTokens;
}

export interface PaymentToAnnounce {
  readonly paymentId: string;
  readonly rail: Rail;
  readonly order: PaymentOrder;
  readonly useReturnPage: boolean;
}

/**
 * The init request of a payment: the same for the same payment and transaction, however often it is
 * composed (Vipps PSP API v2 and v3, init).
 */
export function composeInit(
  terms: InitTerms,
  { paymentId, rail, order, useReturnPage }: PaymentToAnnounce,
  transaction: PspTransaction,
): InitRequest {
  const { tokens, returnPageUrlOf, makePaymentUrlOf } = terms;
  const { returnUrl, phoneNumber, userFlow } = order;
  return {
    pspTransactionId: transaction.pspTransactionId,
    merchantOrderId: transaction.merchantOrderId,
    amount: order.amount,
    pspRedirectUrl:
      useReturnPage || returnUrl === null
        ? returnPageUrlOf(tokens.returnToken(paymentId))
        : returnUrl,
    makePaymentUrl: makePaymentUrlOf(rail),
    makePaymentToken: tokens.makePaymentToken(transaction),
    paymentText: paymentTextOf(order),
    ...(phoneNumber !== null && { customerMobileNumber: phoneNumber }),
    ...(userFlow === 'NATIVE_REDIRECT' && { isApp: true }),
    ...(userFlow === 'PUSH_MESSAGE' && { skipLandingPage: true }),
  };
}

/** What the customer reads about the payment. */
export function paymentTextOf(order: PaymentOrder): string {
  return order.description ?? order.reference;
}
