import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type VippsSimulatorControl } from './control/control.ts';
import { type VippsSimulatorOptions } from './settings.ts';
import { createVippsSimulator } from './simulator.ts';

export type RunningVippsSimulator = AsyncDisposable & {
  readonly url: string;
  readonly control: VippsSimulatorControl;
  close(): Promise<void>;
};

export type ListenOptions = {
  /** 0 takes a free one. */
  readonly port?: number | undefined;
  readonly host?: string | undefined;
};

/** A simulated Vipps on a socket of its own. Rejects when the port is taken. */
export async function startVippsSimulator(
  options: VippsSimulatorOptions & ListenOptions = {},
): Promise<RunningVippsSimulator> {
  const { port = 0, host = '127.0.0.1' } = options;
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { port: boundPort } = server.address() as AddressInfo;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}`;
  const simulator = createVippsSimulator({ publicUrl: url, ...definedOnly(options) });
  server.on('request', (request, response) => {
    simulator.app(request, response);
  });
  const close = async (): Promise<void> => {
    simulator.close();
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  };
  return { url, control: simulator.control, close, [Symbol.asyncDispose]: close };
}

/** An option given as undefined is one that was not given. */
export function definedOnly<Options extends object>(options: Options): Partial<Options> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<Options>;
}
