import { connect, createServer, type Socket } from 'node:net';
import { choosePort } from './program.ts';

/** What stands before several copies: takes each connection to one that takes it. */
export interface Balancer extends AsyncDisposable {
  readonly url: string;
  /** Asked for the addresses of the copies that are ready, as it would know from their health. */
  use(ready: () => readonly string[]): void;
}

export async function startBalancer(): Promise<Balancer> {
  const port = await choosePort();
  const open = new Set<Socket>();
  let ready: () => readonly string[] = () => [];
  let turn = 0;

  const pass = (client: Socket, triesLeft: number): void => {
    const targets = ready();
    const target = targets[turn % targets.length];
    turn += 1;
    if (target === undefined || triesLeft === 0) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(new URL(target).port), '127.0.0.1');
    let connected = false;
    upstream.once('connect', () => {
      connected = true;
      client.pipe(upstream).pipe(client);
    });
    upstream.once('error', () => {
      if (connected) client.destroy();
      else pass(client, triesLeft - 1);
    });
    upstream.once('close', () => {
      if (connected) client.destroy();
    });
    client.once('close', () => upstream.destroy());
  };

  const server = createServer((client) => {
    open.add(client);
    client.once('close', () => open.delete(client));
    client.on('error', () => client.destroy());
    pass(client, ready().length);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    use: (toAsk) => {
      ready = toAsk;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
