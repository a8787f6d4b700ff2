import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { listen } from '../../../src/http/listener.ts';

describe('A listener', () => {
  it('closes connections beyond its limit at once, and takes others when one has gone', async () => {
    const listener = await listen({
      host: '127.0.0.1',
      port: 0,
      portVariable: 'PUBLIC_PORT',
      connectionsMax: 2,
    });
    const open = async () => {
      const socket = connect({ host: '127.0.0.1', port: listener.port });
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      return socket;
    };
    const answers = async (socket: Awaited<ReturnType<typeof open>>): Promise<boolean> => {
      const said = Promise.race([
        once(socket, 'data').then(() => true),
        once(socket, 'close').then(() => false),
      ]);
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      return said;
    };

    const first = await open();
    const second = await open();
    assert.equal(await answers(first), true);
    assert.equal(await answers(second), true);
    assert.equal(await answers(await open()), false);

    first.destroy();
    let isTaken = false;
    while (!isTaken) isTaken = await answers(await open());
    second.destroy();
    await listener.close(0);
  });
});
