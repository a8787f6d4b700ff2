import express, { type Request, type Response, type Router } from 'express';
import { type z } from 'zod';
import { type AcquirerState } from './acquirer-state.ts';
import { specialAmounts } from './amounts.ts';
import { complaintOf } from './calls.ts';
import { settingsChange } from './control.ts';
import { misbehaviourRule } from './misbehaviour.ts';
import { Refusal } from './refusal.ts';
import { issuers, publishedTestTokens, testCards } from './test-cards.ts';

const bodyBytesMax = 64 * 1024;

/**
 * The control API. It wants the content type application/json, which a foreign web page cannot send
 * without being asked first: so no page in a browser on this machine can change the books.
 */
export function controlRoutes(state: AcquirerState): Router {
  const router = express.Router();
  router.use(express.json({ limit: bodyBytesMax }), refuseOtherContentTypes);

  const show = (response: Response): void => {
    const { settings, misbehaviours } = state.control;
    response.json({
      ...settings,
      misbehaviours: misbehaviours.list(),
      inProgress: state.inProgress.size,
      entries: state.ledger.entries().length,
    });
  };

  router.get('/', (_request, response) => {
    show(response);
  });
  router.patch('/', (request, response) => {
    state.control.set(read(settingsChange, request));
    show(response);
  });
  router.post('/misbehaviours', (request, response) => {
    response.status(201).json(state.control.misbehave(read(misbehaviourRule, request)));
  });
  router.delete('/misbehaviours', (_request, response) => {
    state.control.misbehaviours.clear();
    show(response);
  });
  router.post('/reset', (_request, response) => {
    state.reset();
    show(response);
  });
  router.get('/cards', (_request, response) => {
    response.json({ cards: testCards, tokens: publishedTestTokens, issuers });
  });
  router.get('/amounts', (_request, response) => {
    response.json(specialAmounts.map(({ from, to, meaning }) => ({ from, to, meaning })));
  });
  return router;
}

function refuseOtherContentTypes(request: Request, _response: Response, next: () => void): void {
  if (['POST', 'PATCH'].includes(request.method) && !request.is('application/json')) {
    const isEmpty = request.get('content-length') === '0';
    const message = `The content type must be application/json${isEmpty ? ' ({} will do)' : ''}.`;
    throw new Refusal(415, 'unsupported_media_type', message);
  }
  next();
}

function read<Shape extends z.ZodType>(shape: Shape, request: Request): z.infer<Shape> {
  const result = shape.safeParse(request.body);
  if (!result.success) throw new Refusal(400, 'invalid_message', complaintOf(result.error));
  return result.data;
}
