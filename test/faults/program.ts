import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, createWriteStream, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const compiled = fileURLToPath(new URL('../../src/', import.meta.url));

/** How a program of the service ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Program {
  readonly pid: number;
  /** The line that said that it was ready; undefined when it ended before. */
  readonly ready: Promise<Readonly<Record<string, unknown>> | undefined>;
  readonly ended: Promise<Ended>;
  isOver(): boolean;
  signal(name: NodeJS.Signals): void;
}

interface ProgramOptions {
  /** Below dist/src. */
  readonly main: string;
  readonly args?: readonly string[];
  /** It is ended before the compiler's work would pay. */
  readonly shortLived?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** The event of the line that says that it is ready. */
  readonly readyEvent: string;
  readonly logFile: string;
}

const shortLivedFlags = ['--no-opt', '--min-semi-space-size=32', '--single-threaded-gc'];

const running = new Set<ChildProcess>();

// However the harness ends, it leaves nothing behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1));

/** Starts a program in a process of its own, with no environment but what is given. */
export function startProgram(options: ProgramOptions): Program {
  const log = openSync(options.logFile, 'a');
  const child = spawn(
    process.execPath,
    [
      '--enable-source-maps',
      ...(options.shortLived ? shortLivedFlags : []),
      `${compiled}${options.main}`,
      ...(options.args ?? []),
    ],
    {
      stdio: ['ignore', 'pipe', log],
      env: { PATH: process.env['PATH'], ...options.env },
    },
  );
  closeSync(log);
  running.add(child);
  const ended = new Promise<Ended>((resolve) => {
    child.once('exit', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  const ready = new Promise<Readonly<Record<string, unknown>> | undefined>((resolve) => {
    const { stdout } = child;
    if (stdout === null) return;
    stdout.pipe(createWriteStream(options.logFile, { flags: 'a' }));
    createInterface({ input: stdout }).on('line', (line) => {
      if (line.includes(options.readyEvent)) resolve(JSON.parse(line) as Record<string, unknown>);
    });
    void ended.then(() => {
      resolve(undefined);
    });
  });
  return {
    pid: child.pid ?? 0,
    ready,
    ended,
    isOver: () => !running.has(child),
    signal: (name) => void child.kill(name),
  };
}

// Below the range from which a machine takes the near end of its own connections: a port stays free
// while the program that has it is down.
let nextPort = 20_000 + (process.pid % 100) * 100;

/** A port that is free, and that no other run of this harness is given. */
export async function choosePort(): Promise<number> {
  for (;;) {
    nextPort = nextPort >= 32_000 ? 20_000 : nextPort + 1;
    if (await isFree(nextPort)) return nextPort;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/** Runs a command of the project to its end. */
export async function runProgram(
  main: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly stdout: string }> {
  const child = spawn(process.execPath, ['--enable-source-maps', `${compiled}${main}`, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], ...env },
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout: Buffer.concat(chunks).toString('utf8') };
}
