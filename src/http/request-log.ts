import { randomUUID } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { type RequestHandler } from 'express';
import { type Clock } from '../shared/clock.ts';
import { type Log } from '../shared/log.ts';

const arrivals = new WeakMap<IncomingMessage, number>();

/** The moment, on the monotonic clock, at which the request's headers were complete. */
export function arrivedAtMs(req: IncomingMessage): number {
  return arrivals.get(req) ?? performance.now();
}

/** What a handler may add to the request's log line: words of ours, never anything that a caller sent. */
export interface LogNotes {
  readonly answer?: string;
  readonly msn?: string;
  readonly paymentId?: string;
  readonly code?: string;
}

/** Where a response keeps what handlers share. */
interface WithLocals {
  readonly locals: Record<string, unknown>;
}

export function noteForLog(res: WithLocals, notes: LogNotes): void {
  res.locals['logNotes'] = { ...(res.locals['logNotes'] as LogNotes | undefined), ...notes };
}

/**
 * One line per request, when it is over, with an id that errors carry too. Logs the route's
 * pattern and not the path, no header, no query and no body: none of them is ours.
 */
export function requestLog(dependencies: { log: Log; clock: Clock }): RequestHandler {
  const { log, clock } = dependencies;
  return (req, res, next) => {
    const startedMs = clock.monotonicMs();
    arrivals.set(req, startedMs);
    const requestId = randomUUID();
    res.locals['requestId'] = requestId;
    res.setHeader('X-Request-Id', requestId);
    res.once('close', () => {
      log.info({
        event: 'request',
        requestId,
        method: req.method,
        route: routeOf(req),
        status: res.statusCode,
        finished: res.writableFinished,
        durationMs: Math.round((clock.monotonicMs() - startedMs) * 10) / 10,
        ...(res.locals['logNotes'] as LogNotes | undefined),
      });
    });
    next();
  };
}

function routeOf(req: Parameters<RequestHandler>[0]): string {
  const route: unknown = req.route;
  const path = (route as { path?: unknown } | undefined)?.path;
  return typeof path === 'string' ? `${req.baseUrl.length > 0 ? '…' : ''}${path}` : 'none';
}
