import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

/** What a child was started with. */
export function settingsFromParent(): unknown {
  return JSON.parse(process.argv[2] ?? '{}');
}

/** Listens on a free port of the loopback and tells the parent where. */
export async function listenFor(server: Server): Promise<void> {
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  process.send?.({ url: `http://127.0.0.1:${port}` });
}

/** Ends the process when the parent lets go of it, or has died. */
export function stopWithParent(stop: () => Promise<void>): void {
  process.once('disconnect', () => {
    void stop().finally(() => process.exit());
  });
}
