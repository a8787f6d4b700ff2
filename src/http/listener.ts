import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Express } from 'express';
import { AdapterError } from '../shared/errors.ts';
import { createExpressMessages } from './express-messages.ts';

/** A port could not be taken. */
export class ListenFailed extends AdapterError {
  override readonly name = 'ListenFailed';
  readonly code = 'LISTEN_FAILED';

  constructor(place: ListenPlace, cause: NodeJS.ErrnoException) {
    const why =
      cause.code === 'EADDRINUSE'
        ? 'is in use by another program'
        : `cannot be listened on (${cause.code ?? cause.message})`;
    super(
      `${place.portVariable}: port ${place.port} on ${place.host} ${why}. Set ${place.portVariable} to another port, or to 0 for a free one.`,
    );
  }
}

export interface ListenPlace {
  readonly host: string;
  readonly port: number;
  readonly portVariable: string;
  /** What comes beyond is closed at once; by default twice what Vipps' peak needs. */
  readonly connectionsMax?: number;
}

type Handler = (req: IncomingMessage, res: ServerResponse) => unknown;

/** A socket that listens from the first moment, so that its address is known before the service is ready. */
export interface Listener {
  readonly port: number;
  readonly url: string;
  /** Requests go here from now on; until then they are answered with 503. */
  serve(app: Express): void;
  /** Takes no new connections, lets requests under way finish, and cuts what is left when the time is up. */
  close(timeoutMs: number): Promise<void>;
}

const notReady: Handler = (_req, res) => {
  res.writeHead(503, { 'Retry-After': '1', 'Content-Length': '0' }).end();
};

/** A call may hold 64 KiB before its caller is known: with this many, memory has a bound. */
const connectionsMax = 4_096;

/** @throws {ListenFailed} naming the variable that the port came from. */
export async function listen(place: ListenPlace): Promise<Listener> {
  const messages = createExpressMessages();
  let handler = notReady;
  const server = createServer(
    {
      ...messages.classes,
      requestTimeout: 30_000,
      headersTimeout: 10_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 1_000,
    },
    (req, res) => handler(req, res),
  );
  server.maxConnections = place.connectionsMax ?? connectionsMax;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new ListenFailed(place, error));
    });
    server.listen(place.port, place.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${place.host.includes(':') ? `[${place.host}]` : place.host}:${port}`,
    serve: (app) => {
      messages.belongTo(app);
      handler = app;
    },
    close: (timeoutMs) => close(server, timeoutMs),
  };
}

function close(server: Server, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.closeAllConnections();
    }, timeoutMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
