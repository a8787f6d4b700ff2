import { startForgettingAnswers } from '../idempotency/forget-answers.ts';
import { idempotencyRepository } from '../idempotency/idempotency-repository.ts';
import { createInitiatePayment } from '../initiate-payment/initiate-payment.ts';
import { initiationRepository } from '../initiate-payment/initiation-repository.ts';
import { createPaymentTokens } from '../initiate-payment/payment-tokens.ts';
import { type Heartbeat } from '../instances/heartbeat.ts';
import { createMerchantApi } from '../merchant-api/routes.ts';
import { createMerchantRepository } from '../merchants/merchant-repository.ts';
import { startExpiry } from '../payments/expire-payments.ts';
import { createExpiryRepository } from '../payments/expiry-repository.ts';
import { createPaymentRepository } from '../payments/payment-repository.ts';
import { rails } from '../payments/rail.ts';
import { returnPageUrl } from '../return-page/return-page-url.ts';
import { createReturnRepository } from '../return-page/return-repository.ts';
import { returnRoutes } from '../return-page/return-routes.ts';
import { composeModifications } from './compose-modifications.ts';
import { type Parts } from './parts.ts';

/** What merchants and returning customers call, and the jobs that belong to it. */
export function composeMerchantApi(parts: Parts, heartbeat: Heartbeat) {
  const { database, pspApi, clock, log, settings } = parts;
  const { publicUrl, accessTokenKey } = settings;
  const repository = idempotencyRepository;
  const idempotency = { database, repository, instanceId: heartbeat.instanceId, clock };
  const initiatePayment = createInitiatePayment({
    database,
    idempotency,
    initiations: initiationRepository,
    pspApi,
    tokens: createPaymentTokens(accessTokenKey),
    makePaymentUrlOf: (rail) => `${publicUrl}${rails[rail].makePaymentPath}`,
    returnPageUrlOf: (token) => returnPageUrl(publicUrl, token),
    expirySeconds: settings.paymentExpirySeconds,
    clock,
    log,
  });
  const modifications = composeModifications(parts, idempotency);
  const merchantApi = createMerchantApi({
    merchants: createMerchantRepository(database.hot),
    payments: createPaymentRepository(database.hot),
    modifyPayment: modifications.modifyPayment,
    initiatePayment,
    idempotency,
    accessTokenKey,
    amountMinimum: settings.amountMinimum,
    rateLimits: {
      writesPerMinute: settings.rateLimitWrites,
      readsPerMinute: settings.rateLimitReads,
    },
    clock,
    log,
  });
  return {
    routers: [returnRoutes({ returns: createReturnRepository(database.hot) }), merchantApi],
    workers: [
      ...modifications.workers,
      startExpiry({ repository: createExpiryRepository(database.hot), clock, log }),
      startForgettingAnswers({ database, repository, clock, log }),
    ],
  };
}
