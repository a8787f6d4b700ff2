import { randomBytes } from 'node:crypto';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { withoutCardNumbers } from '../card-data/card-number-in-text.ts';
import { noteForLog } from '../http/request-log.ts';
import { type StoredAnswer } from '../idempotency/idempotent-call.ts';
import { type GatewayRefusal } from './gateway-refusal.ts';
import { type Problem, type ProblemContext, renderProblem } from './problem.ts';

/** The two halves of one HTTP exchange, as far as they are of use here. */
export interface Exchange {
  readonly req: IncomingMessage & {
    readonly originalUrl: string;
    readonly params: Readonly<Record<string, string | readonly string[]>>;
  };
  readonly res: ServerResponse & { readonly locals: Record<string, unknown> };
}

const prefix = /^\/epayment(?=\/)/i;
const pathCharactersMax = 200;

/** The same for every problem of one exchange; the trace id is the request id of our log. */
export function problemContext({ req, res }: Exchange): ProblemContext {
  const path = req.originalUrl.split('?')[0] ?? '';
  const requestId = requestIdOf(res.locals).replaceAll('-', '');
  const traceId = /^[0-9a-f]{32}$/.test(requestId) ? requestId : randomBytes(16).toString('hex');
  return {
    instance: withoutCardNumbers(decoded(path))
      .replace(/\/{2,}/g, '/')
      .replace(prefix, '')
      .slice(0, pathCharactersMax),
    traceId: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
  };
}

/** Digits alone: whoever writes them as %34 shall not be told more than others. */
function decoded(path: string): string {
  return path.replace(/%3([0-9])/g, '$1');
}

function requestIdOf({ requestId }: Exchange['res']['locals']): string {
  return typeof requestId === 'string' ? requestId : '';
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
  sendAnswer(exchange, problemAnswer(exchange, problem));
}

/** The code of a problem, where it has one: a field that is at fault is not for the log. */
const codePattern = /\{"name":"ErrorCode","reason":"(\d+)"\}/;

/** Sends the bytes as they are: a repeated answer is the same to the last one. */
export function sendAnswer({ res }: Exchange, { status, body }: StoredAnswer): void {
  const code = status >= 400 ? codePattern.exec(body)?.[1] : undefined;
  if (code !== undefined) noteForLog(res, { code });
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

/** As the gateway does: an error, but not a problem. */
export function sendRefusal({ res }: Exchange, refusal: GatewayRefusal): void {
  const bytes = Buffer.from(JSON.stringify(refusal), 'utf8');
  res
    .writeHead(refusal.statusCode, {
      'Content-Type': 'application/json',
      'Content-Length': String(bytes.length),
    })
    .end(bytes);
}
