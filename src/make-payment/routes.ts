import { type Request, type Response, Router } from 'express';
import { readBody } from '../http/read-body.ts';
import { arrivedAtMs, noteForLog } from '../http/request-log.ts';
import { railNames, rails } from '../payments/rail.ts';
import { type Clock } from '../shared/clock.ts';
import { passing } from '../shared/crash-points.ts';
import { type MakePayment } from './answer.ts';
import { scaledBudget } from './budget.ts';
import { readCall } from './messages.ts';
import { inWords, type Reply } from './reply.ts';
import { type Outlet, sendAnswer } from './send-answer.ts';
import { startStopwatch, type Stopwatch } from './stopwatch.ts';

const bodyBytesMax = 64 * 1024;

interface Dependencies {
  readonly makePayment: MakePayment;
  /** 1 in production, less in tests. */
  readonly deadlineScale: number;
  readonly clock: Clock;
}

/**
 * The paths of all rails. Which one a call came by does not matter: its payment's own rail says how
 * it is read.
 */
export function makePaymentRoutes(dependencies: Dependencies): Router {
  const { clock, deadlineScale } = dependencies;
  const router = Router();

  for (const { makePaymentPath, deadlineMs } of railNames.map((name) => rails[name])) {
    const budget = scaledBudget(deadlineScale, deadlineMs);
    router.post(makePaymentPath, async (req, res) => {
      const stopwatch = startStopwatch(budget, clock, arrivedAtMs(req));
      const read = await readBody(req, {
        bytesMax: bodyBytesMax,
        withinMs: stopwatch.leftUntilMs(budget.bodyWithinMs),
      });
      if (read.kind === 'TOO_LARGE') refuseConnection(res, 413);
      else if (read.kind === 'TOO_SLOW') refuseConnection(res, 408);
      else if (read.kind === 'COMPLETE')
        await answerCall(dependencies, { req, res, body: read.body, stopwatch });
    });
  }

  return router;
}

interface Exchange {
  readonly req: Request;
  readonly res: Response;
  readonly body: Buffer;
  readonly stopwatch: Stopwatch;
}

async function answerCall({ makePayment, clock }: Dependencies, exchange: Exchange): Promise<void> {
  const { req, res, stopwatch } = exchange;
  const caller = {
    authorization: req.headers.authorization,
    requestId: String(res.locals['requestId']),
  };
  const answer = await makePayment(readCall(exchange.body), caller, stopwatch);
  if (answer.kind === 'UNAUTHORISED') {
    noteForLog(res, { answer: 'UNAUTHORISED', paymentId: answer.paymentId });
    res.writeHead(401, { 'Content-Length': '0' }).end();
    return;
  }
  if (answer.paymentId !== undefined) noteForLog(res, { paymentId: answer.paymentId });
  sendAnswer(outletOf(res), answer, { stopwatch, clock });
}

function outletOf(res: Response): Outlet {
  return {
    isClosed: () => res.destroyed,
    write: (reply) => {
      write(res, reply);
    },
    onFinish: (listener) => res.once('finish', listener),
    onClose: (listener) => res.once('close', listener),
    cut: () => res.destroy(),
  };
}

function write(res: Response, reply: Reply): void {
  noteForLog(res, { answer: inWords(reply) });
  passing('reply:before');
  res.once('finish', () => {
    passing('reply:after');
  });
  const body = Buffer.from(reply.body, 'utf8');
  res
    .writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': String(body.length) })
    .end(body);
}

const lingerMs = 500;

/**
 * Answers before the body is read to its end. What still comes is thrown away for a moment: were the
 * connection closed at once, the caller would see it break and never read the answer.
 */
function refuseConnection(res: Response, status: 408 | 413): void {
  const { req } = res;
  res.writeHead(status, { 'Content-Length': '0', Connection: 'close' });
  res.flushHeaders();
  const leave = (): void => {
    clearTimeout(timer);
    res.end();
  };
  const timer = setTimeout(leave, lingerMs);
  req.once('end', leave).once('close', leave).resume();
  res.once('finish', () => req.destroy());
}
