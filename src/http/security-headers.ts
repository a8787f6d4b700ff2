import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { type RequestHandler } from 'express';
import helmet from 'helmet';

/** An answer that keeps the names of its headers as they were written. */
class Sample extends ServerResponse {
  readonly written: (readonly [string, string])[] = [];

  override setHeader(name: string, value: number | string | readonly string[]): this {
    this.written.push([name, String(value)]);
    return this;
  }
}

/**
 * The headers that helmet sets on every answer. They are always the same, so helmet is asked once:
 * its dozen of middlewares cost more than the rest of the way to a handler.
 */
export function securityHeaders(): RequestHandler {
  const request = new IncomingMessage(new Socket());
  const sample = new Sample(request);
  helmet()(request, sample, () => undefined);
  return (_req, res, next) => {
    for (const [name, value] of sample.written) res.setHeader(name, value);
    next();
  };
}
