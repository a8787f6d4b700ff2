import express, { type Express, type Router } from 'express';
import { type Clock } from '../shared/clock.ts';
import { type Log } from '../shared/log.ts';
import { errorHandler, noSuchRoute } from './error-handler.ts';
import { requestLog } from './request-log.ts';
import { securityHeaders } from './security-headers.ts';

/**
 * An Express app as both listeners have it: request log and security headers first, the routers in
 * order, then the answers for what none of them took. Tests mount it without opening a port.
 */
export function createApp(dependencies: {
  readonly routers: readonly Router[];
  readonly clock: Clock;
  readonly log: Log;
}): Express {
  const { routers, clock, log } = dependencies;
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.set('query parser', 'simple');
  app.use(requestLog({ log, clock }));
  app.use(securityHeaders());
  for (const router of routers) app.use(router);
  app.use(noSuchRoute);
  app.use(errorHandler(log));
  return app;
}
