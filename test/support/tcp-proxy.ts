import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands between the adapter and a server, and can stop carrying bytes without closing anything. */
export interface TcpProxy extends AsyncDisposable {
  /** The server's address, by way of the proxy. */
  readonly url: string;
  hang(): void;
  flow(): void;
  /** Breaks every connection. */
  cut(): void;
}

export async function aTcpProxy(target: string): Promise<TcpProxy> {
  const url = new URL(target);
  const to = { host: url.hostname, port: Number(url.port) };
  const sockets = new Set<Socket>();
  let hangs = false;

  const carry = (from: Socket, into: Socket): void => {
    sockets.add(from);
    if (hangs) from.pause();
    from.pipe(into);
    from.on('error', () => into.destroy());
    from.on('close', () => {
      sockets.delete(from);
      into.destroy();
    });
  };
  const server = createServer((near) => {
    const far = connect(to);
    carry(near, far);
    carry(far, near);
    if (hangs) for (const socket of [near, far]) socket.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);

  return {
    url: url.href,
    hang: () => {
      hangs = true;
      for (const socket of sockets) socket.pause();
    },
    flow: () => {
      hangs = false;
      for (const socket of sockets) socket.resume();
    },
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
