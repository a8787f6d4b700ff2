import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Behaviour = (request: SeenRequest, response: ServerResponse) => void | Promise<void>;

/** A server on a real socket that behaves, or misbehaves, as a test tells it. */
export interface HttpDouble {
  readonly url: string;
  /** Every request that arrived whole, in order. */
  readonly seen: SeenRequest[];
  /** Connections that were ever made. */
  connections(): number;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function httpDouble(behaviour: Behaviour, port = 0): Promise<HttpDouble> {
  const seen: SeenRequest[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const whole = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      seen.push(whole);
      void behaviour(whole, response);
    });
  });
  server.on('connection', () => (connections += 1));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    seen,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function json(status: number, body: unknown): Behaviour {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
}

export function text(status: number, body: string): Behaviour {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'text/plain' }).end(body);
  };
}

/** Reads the request and closes the connection without a word. */
export const cut: Behaviour = (_request, response) => {
  response.destroy();
};

/** Never answers. */
export const silent: Behaviour = () => undefined;

/** Promises a body and sends the first half of it. */
export function half(status: number, body: unknown): Behaviour {
  return (_request, response) => {
    const whole = JSON.stringify(body);
    response.writeHead(status, { 'content-length': String(whole.length) });
    response.write(whole.slice(0, whole.length / 2), () => response.destroy());
  };
}

/** The first behaviour for the first request, and so on; the last one for all that follow. */
export function inTurn(...behaviours: [Behaviour, ...Behaviour[]]): Behaviour {
  let turn = 0;
  return (request, response) => {
    const behaviour = behaviours[Math.min(turn, behaviours.length - 1)] ?? behaviours[0];
    turn += 1;
    return behaviour(request, response);
  };
}

/** An address where nobody listens: the connection is refused. */
export async function nobodyListens(): Promise<string> {
  const double = await httpDouble(silent);
  await double[Symbol.asyncDispose]();
  return double.url;
}
