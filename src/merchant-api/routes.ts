import { type ErrorRequestHandler, type RequestHandler, Router } from 'express';
import { type IdempotencyDependencies } from '../idempotency/with-claim.ts';
import { type ForceApprove } from '../initiate-payment/force-approve.ts';
import { type InitiatePayment } from '../initiate-payment/initiate-payment.ts';
import { type MerchantRepository } from '../merchants/merchant-repository.ts';
import { type ModifyPayment } from '../modifications/modify-payment.ts';
import { type PaymentRepository } from '../payments/payment-repository.ts';
import { type Clock } from '../shared/clock.ts';
import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { type Secret } from '../shared/secret.ts';
import { accessTokenRoutes } from './access-token-routes.ts';
import { createAccessTokens } from './access-token.ts';
import { createAsMerchant } from './as-merchant.ts';
import { createAuthenticate } from './authenticate.ts';
import { cancelPaymentRoutes } from './cancel-payment-routes.ts';
import { captureAndRefundRoutes } from './capture-and-refund-routes.ts';
import { createPaymentRoutes } from './create-payment-routes.ts';
import { sendProblem } from './exchange.ts';
import { forceApproveRoutes } from './force-approve-routes.ts';
import { createFingerprint } from './idempotency-key.ts';
import { domainProblem, plainProblem } from './problem.ts';
import { createRateLimiter, type RateLimits } from './rate-limit.ts';
import { readPaymentRoutes } from './read-payment-routes.ts';

export interface MerchantApiDependencies {
  readonly merchants: MerchantRepository;
  readonly payments: PaymentRepository;
  readonly modifyPayment: ModifyPayment;
  readonly initiatePayment: InitiatePayment;
  /** Where payments may be approved without the app. */
  readonly forceApprove?: ForceApprove | undefined;
  readonly idempotency: IdempotencyDependencies;
  /** The secret that all copies of the service share; keys for each purpose are derived from it. */
  readonly accessTokenKey: Secret<string>;
  /** Minor units. */
  readonly amountMinimum: bigint;
  readonly rateLimits: RateLimits;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * What merchants call: the ePayment API's access token and payment calls. Paths are matched without
 * regard to case, and repeated slashes count as one, because that is how clients come.
 */
export function createMerchantApi(dependencies: MerchantApiDependencies): Router {
  const { accessTokenKey, rateLimits, clock, log, merchants } = dependencies;
  const tokens = createAccessTokens(accessTokenKey, clock);
  const common = {
    ...dependencies,
    tokens,
    asMerchant: createAsMerchant(createAuthenticate({ merchants, tokens })),
    fingerprint: createFingerprint(accessTokenKey),
    rules: { amountMinimum: dependencies.amountMinimum },
    writes: createRateLimiter(rateLimits.writesPerMinute, clock),
    reads: createRateLimiter(rateLimits.readsPerMinute, clock),
  };
  const router = Router();
  router.use(collapseSlashes);
  router.use(accessTokenRoutes(common));
  router.use(createPaymentRoutes(common));
  router.use(readPaymentRoutes(common));
  router.use(captureAndRefundRoutes(common));
  router.use(cancelPaymentRoutes(common));
  const { forceApprove } = dependencies;
  if (forceApprove) router.use(forceApproveRoutes({ ...common, forceApprove }));
  router.use('/epayment', noSuchCall);
  router.use(answerErrors(log));
  return router;
}

const collapseSlashes: RequestHandler = (req, _res, next) => {
  const [path = '', ...query] = req.url.split('?');
  if (path.includes('//')) req.url = [path.replace(/\/{2,}/g, '/'), ...query].join('?');
  next();
};

const noSuchCall: RequestHandler = (req, res) => {
  sendProblem({ req, res }, plainProblem(404, 'There is no such call'));
};

/** Nothing of an error's cause reaches a merchant; the log has it, under the id in the trace id. */
function answerErrors(log: Log): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) {
      next(error);
      return;
    }
    const status = (error as { status?: unknown } | null)?.status;
    if (typeof status === 'number' && status >= 400 && status < 500) {
      sendProblem({ req, res }, plainProblem(status, 'The request could not be read'));
      return;
    }
    log.error({
      event: 'merchant-api.fault',
      requestId: String(res.locals['requestId']),
      reason: messageOf(error),
    });
    sendProblem({ req, res }, domainProblem('3010', 'Send the same request again later.'));
  };
}
