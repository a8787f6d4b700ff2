import { type RequestHandler, Router } from 'express';
import { type Operation } from '../openapi/operation.ts';
import { equalInConstantTime, type Secret } from '../shared/secret.ts';
import { sendProblem } from './problem.ts';
import { statusUpdateOperations, statusUpdateRoutes } from './status-update-routes.ts';

export type BackOfficeDependencies = { readonly backOfficeToken: Secret<string> } & Parameters<
  typeof statusUpdateRoutes
>[0];

/** Everything that the back office is served, described. */
export const backOfficeOperations: readonly Operation[] = [...statusUpdateOperations];

/** What the PSP's back office calls, with a token of its own; nothing of it without. */
export function backOfficeRoutes(dependencies: BackOfficeDependencies): Router {
  const router = Router();
  router.use('/back-office', requireToken(dependencies.backOfficeToken));
  router.use(statusUpdateRoutes(dependencies));
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
