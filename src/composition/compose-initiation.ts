import { type IdempotencyDependencies } from '../idempotency/with-claim.ts';
import {
  createInitiatePayment,
  type InitiatePayment,
} from '../initiate-payment/initiate-payment.ts';
import { createPaymentTokens } from '../initiate-payment/payment-tokens.ts';
import { rails } from '../payments/rail.ts';
import { returnPageUrl } from '../return-page/return-page-url.ts';
import { type DeedParts } from './parts.ts';

/** Writing a payment down and announcing it to Vipps. */
export function composeInitiation(
  parts: DeedParts,
  idempotency: IdempotencyDependencies,
): InitiatePayment {
  const { stores, pspApi, clock, random, log, settings } = parts;
  const { publicUrl, accessTokenKey } = settings;
  return createInitiatePayment({
    database: stores.transactions,
    idempotency,
    initiations: stores.initiations,
    pspApi,
    tokens: createPaymentTokens(accessTokenKey),
    makePaymentUrlOf: (rail) => `${publicUrl}${rails[rail].makePaymentPath}`,
    returnPageUrlOf: (token) => returnPageUrl(publicUrl, token),
    expirySeconds: settings.paymentExpirySeconds,
    clock,
    random,
    log,
  });
}
