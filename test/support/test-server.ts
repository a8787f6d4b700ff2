import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts';
import { silentLog } from '../../src/shared/log.ts';

export type TestServer = {
  readonly url: string;
  /** Whether others use it too, so that what we make there must be removed. */
  readonly shared: boolean;
  stop(): Promise<void>;
};

const prefix = 'vipps-psp-adapter-test-';

/** The server at the given address, or an embedded one of our own in a temporary folder. */
export async function startTestServer(url: string | undefined): Promise<TestServer> {
  if (url !== undefined) return { url, shared: true, stop: () => Promise.resolve() };

  await removeAbandoned();
  const directory = await mkdtemp(path.join(tmpdir(), prefix));
  await writeFile(path.join(directory, 'pid'), String(process.pid));
  const server = await startEmbeddedPostgres({
    dataDir: path.join(directory, 'postgres'),
    log: silentLog,
  });
  return {
    url: server.url,
    shared: false,
    stop: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A run that was killed could stop nothing; the next one cleans up after it. */
async function removeAbandoned(): Promise<void> {
  for (const entry of await readdir(tmpdir())) {
    if (!entry.startsWith(prefix)) continue;
    const directory = path.join(tmpdir(), entry);
    if (!(await isAbandoned(directory))) continue;
    await stopLeftover(path.join(directory, 'postgres')).catch(() => undefined);
    await rm(directory, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function isAbandoned(directory: string): Promise<boolean> {
  const pid = await readFile(path.join(directory, 'pid'), 'utf8').catch(() => undefined);
  if (pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function stopLeftover(dataDir: string): Promise<void> {
  const files = await readdir(path.join(dataDir, 'cluster')).catch((): string[] => []);
  if (!files.includes('postmaster.pid')) return;
  const leftover = await startEmbeddedPostgres({ dataDir, log: silentLog });
  await leftover.stop();
}
