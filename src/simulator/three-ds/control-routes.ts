import express, { type Request, type Router } from 'express';
import { z } from 'zod';
import { type Authentication, resultOf } from './authentication.ts';
import { misbehaviourRule, settingsChange } from './control.ts';
import { endings } from './messages.ts';
import { Refusal } from './refusal.ts';
import { nowMsOf, type SimulatorState } from './simulator-state.ts';

const order = z.strictObject({ status: z.enum(endings) });

/** How tests make the simulator misbehave, and end challenges without a browser. */
export function controlRoutes(state: SimulatorState): Router {
  const { control, book } = state;
  const router = express.Router();
  const seen = ({ message, lastFour, ...authentication }: Authentication) => ({
    ...resultOf({ message, lastFour, ...authentication }, nowMsOf(state)),
    pspTransactionId: message.pspTransactionId,
    lastFour,
    returnUrl: message.returnUrl,
  });
  router.use(express.json());

  router.get('/', (_request, response) => {
    response.json({ settings: control.settings, misbehaviours: control.misbehaviours });
  });
  router.patch('/', (request, response) => {
    control.change(read(settingsChange, request));
    response.json(control.settings);
  });
  router.post('/misbehaviours', (request, response) => {
    control.misbehave(read(misbehaviourRule, request));
    response.status(201).json(control.misbehaviours);
  });
  router.delete('/misbehaviours', (_request, response) => {
    control.forgive();
    response.status(204).end();
  });
  router.get('/authentications', (_request, response) => {
    response.json(book.list().map(seen));
  });
  router.post('/authentications/:id', (request, response) => {
    const { status } = read(order, request);
    const ended = book.end(request.params.id, status, nowMsOf(state));
    if (!ended) throw new Refusal(404, 'not_found', 'There is no such authentication.');
    response.json(seen(ended));
  });
  router.post('/reset', (_request, response) => {
    control.reset();
    book.clear();
    response.status(204).end();
  });
  return router;
}

function read<Schema extends z.ZodType>(schema: Schema, request: Request): z.output<Schema> {
  const result = schema.safeParse(request.body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const text = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`;
  throw new Refusal(400, 'invalid_order', text);
}
