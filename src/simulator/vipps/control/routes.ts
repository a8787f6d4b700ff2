import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { messageOf } from '../../../shared/errors.ts';
import { type CallbackOrder, OrderRefused } from '../make-payment/callback-order.ts';
import { type Simulation } from '../simulation.ts';
import { timestamp } from '../simulator-clock.ts';
import { type VippsSimulatorControl } from './control.ts';
import * as messages from './messages.ts';
import { cardView } from './views.ts';

/** The control API; README.md lists it. It is for tests and people, and asks for no credentials. */
export function controlRoutes(simulation: Simulation, control: VippsSimulatorControl): Router {
  const router = Router();
  router.use(express.text({ type: ['text/*', 'application/x-pem-file'], limit: '64kb' }));
  router.use(express.json({ limit: '1mb' }));
  paymentRoutes(router, simulation, control);
  challengeRoutes(router, control);
  worldRoutes(router, simulation, control);
  router.use((request, response) => {
    problem(response, 404, `no control call ${request.method} ${request.path}`);
  });
  router.use(controlErrors);
  return router;
}

function paymentRoutes(
  router: Router,
  simulation: Simulation,
  control: VippsSimulatorControl,
): void {
  router.get('/payments', (request, response) => {
    const { offset, limit } = messages.listPage.parse(request.query);
    response.json({
      count: control.paymentCount(),
      payments: control.payments(offset, limit),
    });
  });
  router.get('/payments/:id', (request, response) => {
    const payment = control.payment(request.params.id);
    if (payment) response.json(payment);
    else problem(response, 404, `no payment ${request.params.id}`);
  });
  router.post('/payments/:id/ignore', (request, response) => {
    response.json(control.ignore(request.params.id));
  });
  router.post('/payments/:id/activate', (request, response) => {
    response.json(control.activate(request.params.id));
  });
  const deeds = {
    approve: control.approve,
    cancel: control.cancel,
    timeout: control.timeout,
    no: control.no,
    'make-payment': (id: string, order: Partial<CallbackOrder>) =>
      control.fire(id, { confirmed: 'YES', ...order }),
  };
  for (const [name, deed] of Object.entries(deeds)) {
    router.post(`/payments/:id/${name}`, async (request: Request<{ id: string }>, response) => {
      const { wait, ...order } = messages.callbackOrder.parse(request.body ?? {});
      const { confirmed, ...others } = order;
      const done = deed(request.params.id, confirmed ? { confirmed, ...others } : others);
      if (wait !== false) {
        response.json(await done);
        return;
      }
      done.catch((thrown: unknown) => {
        simulation.settings.log.warn({ event: 'makePayment.refused', problem: messageOf(thrown) });
      });
      response.status(202).json({ pspTransactionId: request.params.id });
    });
  }
}

function challengeRoutes(router: Router, control: VippsSimulatorControl): void {
  router.post('/payments/:id/authenticate', async (request, response) => {
    const order = messages.authentication.parse(request.body ?? {});
    response.json(await control.authenticate(request.params.id, order));
  });
}

function worldRoutes(router: Router, simulation: Simulation, control: VippsSimulatorControl): void {
  settingRoutes(router, simulation, control);
  router.post('/misbehave', (request, response) => {
    control.misbehave(messages.misbehaveRule.parse(request.body));
    response.json({ rules: control.rules() });
  });
  router.get('/misbehave', (_request, response) => {
    response.json({ rules: control.rules() });
  });
  router.delete('/misbehave', (_request, response) => {
    control.behave();
    response.status(204).end();
  });
  router.post('/tokens/expire', (_request, response) => {
    control.expireTokens();
    response.status(204).end();
  });
  router.post('/nightly-batch', (_request, response) => {
    response.json(control.runNightlyBatch());
  });
  router.get('/clock', (_request, response) => {
    response.json({ now: timestamp(control.nowMs()) });
  });
  router.post('/clock', async (request, response) => {
    const { advanceSeconds } = messages.clockMove.parse(request.body);
    const { timeoutsSent } = await control.advanceClock(advanceSeconds);
    response.json({ now: timestamp(control.nowMs()), timeoutsSent });
  });
  router.get('/status-updates', (request, response) => {
    const { offset, limit } = messages.listPage.parse(request.query);
    const requests = control.statusUpdates(offset, limit);
    response.json({ ...control.statusUpdateCounts(), requests });
  });
  router.get('/requests', (_request, response) => {
    response.json({ requests: control.requests() });
  });
  router.post('/reset', (_request, response) => {
    control.reset();
    response.status(204).end();
  });
}

function settingRoutes(
  router: Router,
  simulation: Simulation,
  control: VippsSimulatorControl,
): void {
  router.get('/cards', (_request, response) => {
    response.json({ cards: simulation.settings.cards.map(cardView) });
  });
  router.get('/merchants', (_request, response) => {
    response.json({ merchants: [...simulation.merchants.values()] });
  });
  router.put('/merchants/:msn', (request, response) => {
    const { msn } = request.params;
    if (!/^\d{4,10}$/.test(msn)) throw new OrderRefused('an MSN is 4 to 10 digits');
    control.setMerchant({ msn, ...messages.merchantChange.parse(request.body ?? {}) });
    response.json(simulation.merchants.get(msn));
  });
  router.put('/psp-public-key', (request, response) => {
    const pem: unknown = request.body;
    if (typeof pem !== 'string') throw new OrderRefused('send the PEM as text/plain');
    try {
      control.setPspPublicKey(pem);
    } catch (thrown) {
      throw new OrderRefused(`not an SPKI PEM: ${messageOf(thrown)}`);
    }
    response.status(204).end();
  });
  router.put('/callback-patience', (request, response) => {
    control.setCallbackPatience(messages.callbackPatience.parse(request.body).callbackPatienceMs);
    response.status(204).end();
  });
  router.put('/oaep-hash', (request, response) => {
    control.setOaepHash(messages.oaepHash.parse(request.body).oaepHash);
    response.status(204).end();
  });
}

function problem(response: Response, status: number, error: string): void {
  response.status(status).json({ error });
}

function controlErrors(
  thrown: unknown,
  _request: Request,
  response: Response,
  next: (thrown: unknown) => void,
): void {
  if (thrown instanceof z.ZodError) problem(response, 400, z.prettifyError(thrown));
  else if (thrown instanceof OrderRefused) {
    problem(response, thrown.message.startsWith('no payment') ? 404 : 409, thrown.message);
  } else if (thrown instanceof SyntaxError) problem(response, 400, 'the body is not JSON');
  else next(thrown);
}
