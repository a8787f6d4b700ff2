import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import {
  type AcquirerSimulator,
  type AcquirerSimulatorOptions,
  createAcquirerSimulator,
} from './acquirer-simulator.ts';

export type AcquirerSimulatorServerOptions = AcquirerSimulatorOptions & {
  /** 0 takes a free one. */
  readonly port?: number;
  readonly host?: string;
};

export interface RunningAcquirerSimulator extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string;
  readonly simulator: AcquirerSimulator;
  /** Leaves undecided what is undecided, cuts every connection and closes the ledger's file. */
  close(): Promise<void>;
}

/** Longer than the callers' pools keep a connection, so that they and not we close idle ones. */
const keepAliveMs = 75_000;

/** The simulated acquirer on a socket of its own. Rejects where the port is taken. */
export async function startAcquirerSimulator(
  options: AcquirerSimulatorServerOptions = {},
): Promise<RunningAcquirerSimulator> {
  const { port = 0, host = '127.0.0.1' } = options;
  const simulator = createAcquirerSimulator(options);
  const server = createServer(simulator.app);
  server.keepAliveTimeout = keepAliveMs;
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    simulator[Symbol.dispose]();
    throw error;
  }
  const address = server.address() as AddressInfo;
  const hostInUrl = host.includes(':') ? `[${host}]` : host;

  async function close(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    simulator[Symbol.dispose]();
    await closed;
  }

  return {
    url: `http://${hostInUrl}:${address.port}`,
    simulator,
    close,
    [Symbol.asyncDispose]: close,
  };
}
