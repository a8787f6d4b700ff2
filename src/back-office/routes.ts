import { type RequestHandler, Router } from 'express';
import { type Operation } from '../http/operation.ts';
import { equalInConstantTime, type Secret } from '../shared/secret.ts';
import { type MerchantDependencies } from './administer-merchants.ts';
import {
  type EvidenceDependencies,
  evidenceOperations,
  evidenceRoutes,
} from './evidence-routes.ts';
import { merchantOperations, merchantRoutes } from './merchant-routes.ts';
import { type PaymentDependencies, paymentOperations, paymentRoutes } from './payment-routes.ts';
import { sendProblem } from './problem.ts';
import {
  type StatusUpdateDependencies,
  statusUpdateOperations,
  statusUpdateRoutes,
} from './status-update-routes.ts';
import { stuckOperations } from './stuck-operations.ts';
import { type StuckDependencies, stuckRoutes } from './stuck-routes.ts';

export interface BackOfficeDependencies
  extends
    StatusUpdateDependencies,
    PaymentDependencies,
    EvidenceDependencies,
    MerchantDependencies,
    StuckDependencies {
  readonly backOfficeToken: Secret<string>;
}

/** Everything that the back office is served, described. */
export const backOfficeOperations: readonly Operation[] = [
  ...statusUpdateOperations,
  ...paymentOperations,
  ...evidenceOperations,
  ...merchantOperations,
  ...stuckOperations,
];

/** What the PSP's back office calls, with a token of its own; nothing of it without. */
export function backOfficeRoutes(dependencies: BackOfficeDependencies): Router {
  const router = Router();
  router.use('/back-office', requireToken(dependencies.backOfficeToken));
  router.use(statusUpdateRoutes(dependencies));
  router.use(paymentRoutes(dependencies));
  router.use(evidenceRoutes(dependencies));
  router.use(merchantRoutes(dependencies));
  router.use(stuckRoutes(dependencies));
  router.use('/back-office', noSuchCall);
  return router;
}

function requireToken(token: Secret<string>): RequestHandler {
  return (req, res, next) => {
    const given = /^Bearer +(.*\S) *$/i.exec(req.headers.authorization ?? '')?.[1];
    if (given !== undefined && equalInConstantTime(given, token.expose())) {
      next();
      return;
    }
    const detail = 'Send the header Authorization: Bearer, and the token of the back office.';
    sendProblem(res, { code: 'UNAUTHORISED', detail });
  };
}

const noSuchCall: RequestHandler = (_req, res) => {
  sendProblem(res, { code: 'NOT_FOUND', detail: 'There is no such call.' });
};
