import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const sandboxSchema = z.object({
  merchantSerialNumber: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  subscriptionKey: z.string(),
  publicUrl: z.string(),
  internalUrl: z.string(),
  backOfficeToken: z.string(),
  vippsSimulatorUrl: z.string(),
  acquirerSimulatorUrl: z.string(),
  pid: z.number(),
});

export type DemoSandbox = z.infer<typeof sandboxSchema>;

const startMsMax = 60_000;
const lookEveryMs = 200;

/** The sandbox that runs, or one of our own that `stop` ends again. */
export async function findOrStartSandbox(
  dataDirectory: string,
): Promise<{ sandbox: DemoSandbox; stop: () => Promise<void> }> {
  const running = await readSandbox(dataDirectory);
  if (running) return { sandbox: running, stop: () => Promise.resolve() };

  const guard = fileURLToPath(new URL('../sandbox/guarded-child.js', import.meta.url));
  const program = new URL('../main.js', import.meta.url).href;
  // It ends with this process, however that ends.
  const child = spawn(process.execPath, ['--enable-source-maps', guard, program], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  for (let waitedMs = 0; waitedMs < startMsMax; waitedMs += lookEveryMs) {
    await pause(lookEveryMs);
    if (child.exitCode !== null) throw new Error('The sandbox could not be started.');
    const sandbox = await readSandbox(dataDirectory);
    if (sandbox) return { sandbox, stop };
  }
  await stop();
  throw new Error('The sandbox was not ready within a minute.');
}

/** Undefined when there is none, or its process is gone. */
async function readSandbox(dataDirectory: string): Promise<DemoSandbox | undefined> {
  try {
    const text = await readFile(path.join(dataDirectory, 'sandbox.json'), 'utf8');
    const sandbox = sandboxSchema.parse(JSON.parse(text));
    process.kill(sandbox.pid, 0);
    return sandbox;
  } catch {
    return undefined;
  }
}
