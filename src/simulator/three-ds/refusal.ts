import { type NextFunction, type Request, type Response } from 'express';
import { type Log } from '../../shared/log.ts';

/** A request that is answered with an error; the message quotes nothing of it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Says what was wrong without quoting any of it: a body may hold a card number. */
export function errorHandler(log: Log) {
  return (error: unknown, _request: Request, response: Response, next: NextFunction): void => {
    const { status, code, message } = error instanceof Refusal ? error : unexpected(error);
    log.warn({ event: 'three-ds.refused', status, code });
    if (response.headersSent) next(error);
    else response.status(status).json({ error: { code, message } });
  };
}

function unexpected(error: unknown): Pick<Refusal, 'status' | 'code' | 'message'> {
  const { status } = error as { readonly status?: unknown };
  return typeof status === 'number' && status >= 400 && status < 500
    ? { status, code: 'bad_request', message: 'The request cannot be read.' }
    : { status: 500, code: 'internal_error', message: 'The simulator failed.' };
}
