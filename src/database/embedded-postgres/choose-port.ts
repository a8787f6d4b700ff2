import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';

/**
 * The port of the last start where it is still free, so that connection strings people have noted
 * stay good; otherwise a free one. Somebody may take it before PostgreSQL does: try again then.
 */
export async function choosePort(directory: string): Promise<number> {
  const last = Number(await readFile(portFile(directory), 'utf8').catch(() => '0'));
  if (Number.isInteger(last) && last > 1023 && last < 65_536 && (await freePort(last)) === last) {
    return last;
  }
  const port = await freePort(0);
  if (port === undefined) throw new Error('No free TCP port on 127.0.0.1');
  return port;
}

export async function rememberPort(directory: string, port: number): Promise<void> {
  await writeFile(portFile(directory), `${port}\n`, { mode: 0o600 });
}

function portFile(directory: string): string {
  return path.join(directory, 'port');
}

function freePort(wanted: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => {
      resolve(undefined);
    });
    server.listen({ host: '127.0.0.1', port: wanted, exclusive: true }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : undefined;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
