import { type Payment } from '../payment.ts';

/** Vipps PSP API v2, PaymentInitiationRepresentation. */
export function initAnswer(payment: Payment): Readonly<Record<string, string>> {
  return {
    pspTransactionId: payment.pspTransactionId,
    merchantOrderId: payment.merchantOrderId,
    vippsRedirectUrl: payment.vippsRedirectUrl,
  };
}

export const landingPath = '/dwo-api-application/v1/deeplink/vippsgateway';

/** The landing page of a payment, for a browser. */
export function landingUrl(publicUrl: string, landingToken: string): string {
  return `${publicUrl}${landingPath}?v=2&token=${landingToken}`;
}
