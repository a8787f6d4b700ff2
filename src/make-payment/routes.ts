import { type Request, type Response, Router } from 'express';
import { readBody } from '../http/read-body.ts';
import { arrivedAtMs, noteForLog } from '../http/request-log.ts';
import { type Clock } from '../shared/clock.ts';
import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { type Answer, type Approval } from './answer.ts';
import { type Budget } from './budget.ts';
import { type MakePayment } from './make-payment.ts';
import { readCall } from './messages.ts';
import { type Reply, type ReplyWriter } from './reply.ts';
import { startStopwatch, type Stopwatch } from './stopwatch.ts';

/** Where Vipps calls; part of the `makePaymentUrl` that init sends. */
export const makePaymentPath = '/vipps/psp/v2/makePayment';

const bodyBytesMax = 64 * 1024;

interface Dependencies {
  readonly makePayment: MakePayment;
  readonly replies: ReplyWriter;
  readonly budget: Budget;
  readonly clock: Clock;
  readonly log: Log;
}

export function makePaymentRoutes(dependencies: Dependencies): Router {
  const router = Router();

  router.post(makePaymentPath, async (req, res) => {
    const stopwatch = startStopwatch(dependencies.budget, dependencies.clock, arrivedAtMs(req));
    const read = await readBody(req, {
      bytesMax: bodyBytesMax,
      withinMs: dependencies.budget.bodyWithinMs,
    });
    if (read.kind === 'TOO_LARGE') refuseConnection(res, 413);
    else if (read.kind === 'TOO_SLOW') refuseConnection(res, 408);
    else if (read.kind === 'COMPLETE')
      await answerCall(dependencies, { req, res, body: read.body, stopwatch });
  });

  return router;
}

interface Exchange {
  readonly req: Request;
  readonly res: Response;
  readonly body: Buffer;
  readonly stopwatch: Stopwatch;
}

async function answerCall(dependencies: Dependencies, exchange: Exchange): Promise<void> {
  const { makePayment, replies, log } = dependencies;
  const { req, res, stopwatch } = exchange;
  const call = readCall(exchange.body);
  let answer: Answer;
  try {
    answer = await makePayment(call, req.headers.authorization, stopwatch);
  } catch (error) {
    // Whatever went wrong is ours, and Vipps must hear of it in the one form that it understands.
    log.error({
      event: 'make-payment.fault',
      requestId: String(res.locals['requestId']),
      reason: messageOf(error),
    });
    answer = { kind: 'REPLY', reply: replies.fail(call.pspTransactionId, 'INTERNAL_ERROR') };
  }
  if (answer.kind === 'UNAUTHORISED') {
    noteForLog(res, { answer: 'UNAUTHORISED' });
    res.writeHead(401, { 'Content-Length': '0' }).end();
    return;
  }
  send(res, answer.reply, answer.approval, stopwatch);
}

function send(
  res: Response,
  reply: Reply,
  approval: Approval | undefined,
  stopwatch: Stopwatch,
): void {
  if (approval === undefined) {
    write(res, reply);
    return;
  }
  if (stopwatch.leftUntilMs(stopwatch.budget.leaveWithinMs) === 0 || res.destroyed) {
    write(res, approval.insteadWhenLate);
    approval.departed('NOT_TOLD');
    return;
  }
  watchDeparture(res, approval, stopwatch);
  write(res, reply);
}

function write(res: Response, reply: Reply): void {
  noteForLog(res, { answer: reply.status });
  const body = Buffer.from(reply.body, 'utf8');
  res
    .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': String(body.length) })
    .end(body);
}

/** Tells the approval, once, how its answer fared. */
function watchDeparture(res: Response, approval: Approval, stopwatch: Stopwatch): void {
  const { toldWithinMs } = stopwatch.budget;
  let departed = false;
  const settle = (how: 'TOLD' | 'NOT_TOLD' | 'UNCERTAIN'): void => {
    if (departed) return;
    departed = true;
    clearTimeout(timer);
    approval.departed(how);
  };
  const timer = setTimeout(() => {
    // Neither finished nor closed: part of it may lie in a buffer on the way to Vipps.
    settle('UNCERTAIN');
    res.destroy();
  }, stopwatch.leftUntilMs(toldWithinMs));
  res.once('finish', () => {
    settle(stopwatch.elapsedMs() <= toldWithinMs ? 'TOLD' : 'UNCERTAIN');
  });
  res.once('close', () => {
    settle('NOT_TOLD');
  });
}

function refuseConnection(res: Response, status: 408 | 413): void {
  res.writeHead(status, { 'Content-Length': '0', Connection: 'close' }).end();
  res.once('finish', () => res.req.destroy());
}
