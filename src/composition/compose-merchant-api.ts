import { createForceApprovalRepository } from '../initiate-payment/force-approval-repository.ts';
import { createForceApprove } from '../initiate-payment/force-approve.ts';
import { createMerchantApi } from '../merchant-api/routes.ts';
import { createMerchantRepository } from '../merchants/merchant-repository.ts';
import { createPaymentRepository } from '../payments/payment-repository.ts';
import { createReturnRepository } from '../return-page/return-repository.ts';
import { returnRoutes } from '../return-page/return-routes.ts';
import { type Deeds } from './compose-deeds.ts';
import { type Parts } from './parts.ts';

/** What merchants and returning customers call. */
export function composeMerchantApi(parts: Parts, deeds: Deeds) {
  const { database, pspApi, clock, log, settings } = parts;
  const forceApprove = settings.forceApproval
    ? createForceApprove({ payments: createForceApprovalRepository(database.hot), pspApi })
    : undefined;
  const merchantApi = createMerchantApi({
    merchants: createMerchantRepository(database.hot),
    payments: createPaymentRepository(database.hot),
    modifyPayment: deeds.modifyPayment,
    initiatePayment: deeds.initiatePayment,
    forceApprove,
    accessTokenKey: settings.accessTokenKey,
    amountMinimum: settings.amountMinimum,
    rateLimits: {
      writesPerMinute: settings.rateLimitWrites,
      readsPerMinute: settings.rateLimitReads,
    },
    idempotency: deeds.idempotency,
    clock,
    log,
  });
  return {
    routers: [returnRoutes({ returns: createReturnRepository(database.hot) }), merchantApi],
  };
}
