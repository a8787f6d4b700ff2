import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import express from 'express';
import { type Clock, systemClock } from '../../shared/clock.ts';
import { type Log, silentLog } from '../../shared/log.ts';
import { acsRoutes } from './acs-routes.ts';
import { apiRoutes } from './api-routes.ts';
import { createBook } from './book.ts';
import { controlRoutes } from './control-routes.ts';
import { type Control, createControl, defaultSettings } from './control.ts';
import { errorHandler, Refusal } from './refusal.ts';

export type ThreeDsSimulatorOptions = {
  /** 0 takes a free one. */
  readonly port?: number;
  readonly host?: string;
  readonly challengeSeconds?: number;
  readonly clock?: Clock;
  readonly log?: Log;
};

export interface RunningThreeDsSimulator extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string;
  readonly control: Control;
  /** Cuts every connection. */
  close(): Promise<void>;
}

/** Longer than the callers' pools keep a connection, so that they and not we close idle ones. */
const keepAliveMs = 75_000;

/** The simulated 3-D Secure server on a socket of its own. Rejects where the port is taken. */
export async function startThreeDsSimulator(
  options: ThreeDsSimulatorOptions = {},
): Promise<RunningThreeDsSimulator> {
  const { port = 0, host = '127.0.0.1', challengeSeconds } = options;
  const control = createControl({
    ...defaultSettings,
    ...(challengeSeconds === undefined ? {} : { challengeSeconds }),
  });
  const server = createServer(appFor(control, options));
  server.keepAliveTimeout = keepAliveMs;
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;

  async function close(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    control,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function appFor(
  control: Control,
  { clock = systemClock, log = silentLog }: ThreeDsSimulatorOptions,
): express.Express {
  const state = { book: createBook(), control, clock, log };
  const app = express().disable('x-powered-by').disable('etag');
  app.use(apiRoutes(state));
  app.use(acsRoutes(state));
  app.get('/health', (_request, response) => {
    response.json({ status: 'ok', name: 'three-ds', pid: process.pid });
  });
  app.use('/control', controlRoutes(state));
  app.use(() => {
    throw new Refusal(404, 'not_found', 'There is nothing at this address.');
  });
  app.use(errorHandler(log));
  return app;
}
