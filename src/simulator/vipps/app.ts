import express, { type Express, type Request, type Response } from 'express';
import helmet from 'helmet';
import { messageOf } from '../../shared/errors.ts';
import { apiRoutes } from './api-routes.ts';
import { type VippsSimulatorControl } from './control/control.ts';
import { controlRoutes } from './control/routes.ts';
import { pageRoutes } from './pages/routes.ts';
import { type Simulation } from './simulation.ts';

/** Three faces on one socket: Vipps' API, the user's pages, and the control API. */
export function createApp(simulation: Simulation, control: VippsSimulatorControl): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(apiRoutes(simulation));
  app.get('/health', (_request, response) => {
    response.json({ status: 'up' });
  });
  app.use('/control', controlRoutes(simulation, control));
  app.use(
    helmet({
      strictTransportSecurity: false,
      contentSecurityPolicy: { useDefaults: false, directives: pageContentPolicy },
    }),
    pageRoutes(simulation, control),
  );
  app.use((request, response) => {
    response.status(404).type('text').send(`no page ${request.path}\n`);
  });
  app.use((thrown: unknown, _request: Request, response: Response, next: (e: unknown) => void) => {
    if (response.headersSent) {
      next(thrown);
      return;
    }
    const status = statusOf(thrown);
    simulation.settings.log.error({ event: 'request.failed', status, problem: messageOf(thrown) });
    response.status(status).json([{ errorCode: String(status), errorMessage: 'Request failed' }]);
  });
  return app;
}

const pageContentPolicy = {
  defaultSrc: ["'none'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  baseUri: ["'none'"],
};

/** Body readers throw errors that carry their status (413, 415); anything else is ours. */
function statusOf(thrown: unknown): number {
  const status: unknown =
    typeof thrown === 'object' && thrown !== null && 'status' in thrown ? thrown.status : 500;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}
