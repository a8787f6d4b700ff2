import { randomBytes } from 'node:crypto';
import { type Request, type Response } from 'express';
import { noteForLog } from '../http/request-log.ts';
import { type StoredAnswer } from '../idempotency/idempotent-call.ts';
import { type Problem, type ProblemContext, renderProblem } from './problem.ts';

/** The two halves of one HTTP exchange. */
export interface Exchange {
  readonly req: Request;
  readonly res: Response;
}

const prefix = /^\/epayment(?=\/)/i;
const pathCharactersMax = 200;

/** The same for every problem of one exchange; the trace id is the request id of our log. */
export function problemContext({ req, res }: Exchange): ProblemContext {
  const path = req.originalUrl.split('?')[0] ?? '';
  const requestId = String(res.locals['requestId'] ?? '').replaceAll('-', '');
  const traceId = /^[0-9a-f]{32}$/.test(requestId) ? requestId : randomBytes(16).toString('hex');
  return {
    instance: path
      .replace(/\/{2,}/g, '/')
      .replace(prefix, '')
      .slice(0, pathCharactersMax),
    traceId: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
  };
}

export function problemAnswer(exchange: Exchange, problem: Problem): StoredAnswer {
  return { status: problem.status, body: renderProblem(problem, problemContext(exchange)) };
}

export function sendProblem(exchange: Exchange, problem: Problem): void {
  const { res } = exchange;
  if (problem.retryAfterSeconds !== undefined) {
    res.setHeader('Retry-After', String(problem.retryAfterSeconds));
  }
  // What is left of such a body is not read: the connection is of no more use.
  if (problem.status === 413 || problem.status === 408) res.setHeader('Connection', 'close');
  const code = problem.extraDetails.find(({ name }) => name === 'ErrorCode')?.reason;
  if (code !== undefined) noteForLog(res, { code });
  sendAnswer(exchange, problemAnswer(exchange, problem));
}

/** Sends the bytes as they are: a repeated answer is the same to the last one. */
export function sendAnswer({ res }: Exchange, { status, body }: StoredAnswer): void {
  const bytes = Buffer.from(body, 'utf8');
  res
    .writeHead(status, {
      'Content-Type': status < 400 ? 'application/json' : 'application/problem+json',
      'Content-Length': String(bytes.length),
      'Cache-Control': 'no-store',
    })
    .end(bytes);
}

export function sendJson(exchange: Exchange, value: unknown): void {
  sendAnswer(exchange, { status: 200, body: JSON.stringify(value) });
}
