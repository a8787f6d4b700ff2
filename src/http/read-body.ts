import { type IncomingMessage } from 'node:http';

export interface BodyLimits {
  readonly bytesMax: number;
  readonly withinMs: number;
}

export type BodyRead =
  | { readonly kind: 'COMPLETE'; readonly body: Buffer }
  | { readonly kind: 'TOO_LARGE' }
  | { readonly kind: 'TOO_SLOW' }
  | { readonly kind: 'CUT' };

/**
 * Reads a request's body whole, within a size and a time. Never throws. What is too large or too
 * slow is not read to its end: the connection is of no more use afterwards.
 */
export function readBody(req: IncomingMessage, limits: BodyLimits): Promise<BodyRead> {
  const declared = Number(req.headers['content-length'] ?? 0);
  if (declared > limits.bytesMax) return Promise.resolve({ kind: 'TOO_LARGE' });

  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => {
      done({ kind: 'TOO_SLOW' });
    }, limits.withinMs);

    function done(result: BodyRead): void {
      clearTimeout(timer);
      req.off('data', take).off('end', end).off('close', cut).off('error', cut);
      if (result.kind !== 'COMPLETE') req.on('error', () => undefined);
      resolve(result);
    }
    function take(chunk: Buffer): void {
      bytes += chunk.length;
      if (bytes > limits.bytesMax) done({ kind: 'TOO_LARGE' });
      else chunks.push(chunk);
    }
    function end(): void {
      done({
        kind: 'COMPLETE',
        body: chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks),
      });
    }
    function cut(): void {
      done({ kind: 'CUT' });
    }
    req.on('data', take).on('end', end).on('close', cut).on('error', cut);
  });
}
