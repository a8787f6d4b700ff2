import express, { type Request, type Response, type Router } from 'express';
import { resultOf } from './authentication.ts';
import { type MisbehaviourRule } from './control.ts';
import { authenticationMessage, type AuthenticationMessage } from './messages.ts';
import { Refusal } from './refusal.ts';
import { nowMsOf, type SimulatorState } from './simulator-state.ts';

const bodyBytesMax = 64 * 1024;

/** The interface that a payment service provider speaks. */
export function apiRoutes(state: SimulatorState): Router {
  const router = express.Router();

  router.post(
    '/authentications',
    express.json({ limit: bodyBytesMax, type: () => true }),
    async (request, response) => {
      const message = messageIn(request);
      const rule = state.control.take('begin');
      if (await isUndecided(state, rule, response)) return;
      const answer = rule?.notOffered
        ? { reference: message.reference, status: 'NOT_OFFERED' }
        : begin(state, message, `${request.protocol}://${request.get('host') ?? ''}`);
      if (rule?.cut) request.socket.destroy();
      else response.status(201).json({ ...answer, ...rule?.alterAnswer });
    },
  );

  router.get('/authentications/:id', async (request, response) => {
    const rule = state.control.take('result');
    if (await isUndecided(state, rule, response)) return;
    const found = state.book.find(request.params.id);
    if (!found) throw new Refusal(404, 'not_found', 'There is no such authentication.');
    if (rule?.cut) request.socket.destroy();
    else response.json({ ...resultOf(found, nowMsOf(state)), ...rule?.alterAnswer });
  });
  return router;
}

function messageIn(request: Request): AuthenticationMessage {
  const read = authenticationMessage.safeParse(request.body);
  if (!read.success) {
    // Where and what is expected; never what was sent.
    const [issue] = read.error.issues;
    const text = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`;
    throw new Refusal(400, 'invalid_message', text);
  }
  if (request.get('idempotency-key') !== read.data.reference) {
    throw new Refusal(400, 'invalid_key', 'Idempotency-Key must equal the reference.');
  }
  return read.data;
}

function begin(state: SimulatorState, message: AuthenticationMessage, ownUrl: string) {
  const { book, control, log } = state;
  const endsAtMs = nowMsOf(state) + control.settings.challengeSeconds * 1_000;
  const opened = book.open(message, endsAtMs);
  if (!opened) {
    throw new Refusal(409, 'idempotency_key_reused', 'The key was used for another message.');
  }
  const { id, challengeKey } = opened;
  const { reference } = message;
  log.info({ event: 'three-ds.begun', reference, authenticationId: id });
  const challengeUrl = `${ownUrl}/challenge/${challengeKey}`;
  return { authenticationId: id, reference, status: 'CHALLENGE', challengeUrl };
}

/** Waits, and then answers with an error or not at all where it was told to. */
async function isUndecided(
  { clock }: SimulatorState,
  rule: MisbehaviourRule | undefined,
  response: Response,
): Promise<boolean> {
  if (!rule) return false;
  if (rule.delayMs > 0) await clock.sleep(rule.delayMs);
  if (rule.status !== undefined) {
    response.status(rule.status).json({ error: { code: 'ordered', message: 'As ordered.' } });
  }
  return rule.status !== undefined || rule.silent === true;
}
