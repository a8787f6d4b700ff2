import { type IncomingMessage } from 'node:http';
import { type BodyLimits } from './read-body.ts';

/**
 * Reads on and throws away, within a size and a time. A caller that is still sending when the
 * connection is closed loses the answer that says why.
 */
export function drainBody(req: IncomingMessage, limits: BodyLimits): Promise<void> {
  if (req.complete || req.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let bytes = 0;
    const timer = setTimeout(done, limits.withinMs);
    function done(): void {
      clearTimeout(timer);
      req.off('data', count).off('end', done).off('close', done);
      resolve();
    }
    function count(chunk: Buffer): void {
      bytes += chunk.length;
      if (bytes > limits.bytesMax) done();
    }
    req.on('data', count).on('end', done).on('close', done);
  });
}
