/**
 * Preloaded into every test process: what reaches for anything but this machine gets an error, and
 * the process ends with a failure even where that error was swallowed.
 */
import dgram from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

class OutsideNetwork extends Error {
  override readonly name = 'OutsideNetwork';
  readonly code = 'ENETUNREACH';
}

function isThisMachine(host: string): boolean {
  return (
    host === '' ||
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '::1' ||
    host === '::' ||
    host === '0.0.0.0' ||
    /^(::ffff:)?127(\.\d{1,3}){3}$/.test(host)
  );
}

function refusal(host: string): OutsideNetwork {
  const error = new OutsideNetwork(`A test reached for ${host}: tests have this machine only`);
  process.exitCode = 1;
  process.stderr.write(`${error.stack ?? error.message}\n`);
  return error;
}

type ConnectOptions = { readonly host?: string; readonly path?: string };

/** The three ways to call connect, and the one in which node calls it itself. */
function hostOf(args: readonly unknown[]): string {
  const first: unknown = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (typeof first === 'object' && first !== null) {
    const { host, path } = first as ConnectOptions;
    return typeof path === 'string' ? '' : (host ?? '');
  }
  return typeof first === 'number' && typeof args[1] === 'string' ? args[1] : '';
}

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

function replace(owner: object, name: string, wrap: (original: AnyFunction) => AnyFunction): void {
  const methods = owner as Record<string, AnyFunction>;
  const original = methods[name];
  if (original === undefined) throw new Error(`There is no ${name} to replace`);
  methods[name] = wrap(original);
}

replace(
  net.Socket.prototype,
  'connect',
  (original) =>
    function connect(this: unknown, ...args) {
      const host = hostOf(args);
      if (isThisMachine(host)) return original.apply(this, args);
      const socket = this as net.Socket;
      const error = refusal(host);
      process.nextTick(() => socket.destroy(error));
      return socket;
    },
);

replace(
  dns,
  'lookup',
  (original) =>
    function lookup(this: unknown, ...args) {
      const host = String(args[0]);
      if (isThisMachine(host)) return original.apply(this, args);
      const error = refusal(host);
      process.nextTick(args.at(-1) as (failure: Error) => void, error);
      return undefined;
    },
);

replace(
  dns.promises,
  'lookup',
  (original) =>
    function lookup(this: unknown, ...args) {
      const host = String(args[0]);
      return isThisMachine(host) ? original.apply(this, args) : Promise.reject(refusal(host));
    },
);

for (const name of ['send', 'connect']) {
  replace(
    dgram.Socket.prototype,
    name,
    (original) =>
      function datagram(this: unknown, ...args) {
        // The first is the message, or the port.
        const host = args.slice(1).find((arg) => typeof arg === 'string' && !isThisMachine(arg));
        if (typeof host === 'string') throw refusal(host);
        return original.apply(this, args);
      },
  );
}

syncBuiltinESMExports();
