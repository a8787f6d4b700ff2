import { type IncomingMessage } from 'node:http';
import express, { type Request, type Response, Router } from 'express';
import { getAccessToken } from './access-token/get-access-token.ts';
import { type Answer, type ApiCall, envelopeError } from './answer.ts';
import { orderedAnswer, type RouteName, type Rule } from './misbehaviour.ts';
import { type VersionName } from './payment.ts';
import { details } from './psp/details.ts';
import { forceApprove } from './psp/force-approve.ts';
import { init } from './psp/init.ts';
import { type Simulation } from './simulation.ts';
import { updateStatus } from './status-updates/update-status.ts';

const bodyBytesMax = 16 * 1_024 * 1_024;

type Deed = (simulation: Simulation, call: ApiCall) => Answer | Promise<Answer>;

/** Vipps' API: the paths in any case and with or without a slash at the end, as Vipps takes them. */
export function apiRoutes(simulation: Simulation): Router {
  const router = Router({ caseSensitive: false, strict: false });
  const rawBody = express.raw({ type: () => true, limit: bodyBytesMax });
  const serve =
    (route: RouteName, deed: Deed, version: VersionName = 'v2') =>
    async (request: Request, response: Response) => {
      await serveCall(simulation, route, deed, { request, response, version });
    };
  router.post('/accesstoken/get', rawBody, serve('token', getAccessToken));
  for (const version of ['v2', 'v3'] as const) {
    const root = `/psp/${version}/psppayments`;
    router.post(`${root}/init`, rawBody, serve('init', init, version));
    router.post(`${root}/updatestatus`, rawBody, serve('updatestatus', updateStatus, version));
    router.get(`${root}/:pspTransactionId/details`, serve('details', details, version));
  }
  router.post(
    '/psp/v3/integration-test/psppayments/:pspTransactionId/approve',
    rawBody,
    serve('force-approve', forceApprove, 'v3'),
  );
  router.use(['/accesstoken', '/psp'], (request, response) => {
    const text = `Unable to match incoming request to an operation: ${request.method}`;
    send(response, envelopeError(404, 'Resource not found', text));
  });
  return router;
}

type Exchange = {
  readonly request: Request;
  readonly response: Response;
  readonly version: VersionName;
};

async function serveCall(
  simulation: Simulation,
  route: RouteName,
  deed: Deed,
  { request, response, version }: Exchange,
): Promise<void> {
  const call = callOf(request, version);
  const rule = simulation.misbehaviour.take(route);
  if (rule?.delayMs !== undefined) {
    await simulation.settings.clock.sleep(rule.delayMs, simulation.stopping.signal);
  }
  const answer = rule?.cut === true ? undefined : await carryOut(simulation, rule, deed, call);
  const isLost = answer === undefined || rule?.loseAnswer === true;
  simulation.requests.add(call, isLost ? undefined : answer, simulation.clock.nowMs());
  const { method, path } = call;
  simulation.settings.log.info({ event: 'request', method, path, status: answer?.status, isLost });
  if (isLost) request.socket.destroy();
  else send(response, answer);
}

function carryOut(
  simulation: Simulation,
  rule: Rule | undefined,
  deed: Deed,
  call: ApiCall,
): Answer | Promise<Answer> {
  const ordered = rule && orderedAnswer(rule);
  return ordered ?? deed(simulation, call);
}

function callOf(request: Request, version: VersionName): ApiCall {
  const { pspTransactionId } = request.params;
  const body: unknown = (request as IncomingMessage & { body?: unknown }).body;
  return {
    version,
    method: request.method,
    path: request.path,
    headers: request.headers,
    body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
    pspTransactionId: typeof pspTransactionId === 'string' ? pspTransactionId : '',
  };
}

function send(response: Response, answer: Answer): void {
  response.status(answer.status);
  if (answer.contentType !== undefined) response.setHeader('Content-Type', answer.contentType);
  response.end(answer.body);
}
