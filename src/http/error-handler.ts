import { type ErrorRequestHandler, type RequestHandler, type Response } from 'express';
import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';

const problemType = 'application/problem+json';

/** The answer to a path that nothing is served under. */
export const noSuchRoute: RequestHandler = (_req, res) => {
  res
    .status(404)
    .type(problemType)
    .json(problem(res, 404, 'Not found'));
};

/** RFC 9457, with the id that the log has the request under. */
function problem(res: Response, status: number, title: string) {
  return { type: 'about:blank', title, status, requestId: String(res.locals['requestId']) };
}

/**
 * The last resort for what no router answered: a fault of ours, or a request that express itself
 * could not take (a malformed path, say). Says nothing of the cause; the log has it under the id.
 */
export function errorHandler(log: Log): ErrorRequestHandler {
  // express knows an error handler by its four parameters.
  return (error: unknown, _req, res, next) => {
    if (res.headersSent) {
      next(error);
      return;
    }
    const requestId = String(res.locals['requestId']);
    const status = clientErrorOf(error);
    if (status === undefined) {
      log.error({ event: 'request.fault', requestId, reason: messageOf(error) });
    }
    const title = status === undefined ? 'Internal error' : 'Bad request';
    res
      .status(status ?? 500)
      .type(problemType)
      .json(problem(res, status ?? 500, title));
  };
}

/** The 4xx that express marks a request's own mistake with. */
function clientErrorOf(error: unknown): number | undefined {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
