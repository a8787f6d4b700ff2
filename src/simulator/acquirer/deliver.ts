import { type ServerResponse } from 'node:http';
import { type Behaviour } from './behaviour.ts';

/** Sends an answer's bytes as they are, or as much of them as the behaviour allows. */
export function deliver(
  response: ServerResponse,
  body: string,
  delivery: Behaviour['delivery'],
): void {
  // The caller may have gone while we decided; the decision stands all the same.
  if (response.destroyed) return;
  const bytes = Buffer.from(body);
  switch (delivery) {
    case 'WHOLE':
      writeHead(response, bytes.length);
      response.end(bytes);
      return;
    case 'HALF':
      writeHead(response, bytes.length);
      response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
        cut(response);
      });
      return;
    case 'CUT':
      cut(response);
      return;
  }
}

/** Ends the connection without a word. */
export function cut(response: ServerResponse): void {
  response.socket?.destroy();
}

function writeHead(response: ServerResponse, lengthBytes: number): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': lengthBytes });
}
