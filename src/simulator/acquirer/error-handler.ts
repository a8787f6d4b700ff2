import { type NextFunction, type Request, type Response } from 'express';
import { type Log } from '../../shared/log.ts';
import { Refusal } from './refusal.ts';

type Rendered = { readonly status: number; readonly code: string; readonly message: string };

/** Says what was wrong without quoting any of it: a body may hold a card number. */
export function errorHandler(log: Log) {
  return (error: unknown, _request: Request, response: Response, next: NextFunction): void => {
    const { status, code, message } = render(error);
    log.warn({ event: 'acquirer.refused', status, code });
    if (response.headersSent) {
      next(error);
      return;
    }
    response.status(status).json({ error: { code, message } });
  };
}

function render(error: unknown): Rendered {
  if (error instanceof Refusal) return error;
  const { status, type } = error as { readonly status?: unknown; readonly type?: unknown };
  if (type === 'entity.too.large') {
    return { status: 413, code: 'body_too_large', message: 'The body is too large.' };
  }
  if (type === 'entity.parse.failed') {
    return { status: 400, code: 'unreadable_body', message: 'The body is no JSON object.' };
  }
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return { status: 400, code: 'bad_request', message: 'The request cannot be read.' };
  }
  return { status: 500, code: 'internal_error', message: 'The simulator failed.' };
}
