import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AdapterError } from '../shared/errors.ts';
import { untilPortIsFree } from './port-is-free.ts';

/** A program that the sandbox brings along did not start. */
export class ChildProgramFailed extends AdapterError {
  override readonly name = 'ChildProgramFailed';
  readonly code = 'CHILD_PROGRAM_FAILED';
}

export interface ChildProgram {
  /** Where it listens. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface ChildProgramOptions {
  readonly name: string;
  /** The compiled main file, relative to the folder of the sandbox. */
  readonly main: string;
  readonly args: readonly string[];
  /** Where its standard error goes. */
  readonly logFile: string;
  /** 0 for a free one; the program is told by its arguments. */
  readonly port: number;
  /** Named when the program cannot have its port. */
  readonly portVariable: string;
}

const startMsMax = 10_000;
const stopMsMax = 5_000;
/**
 * Starts a program in a process group of its own, so that Ctrl-C reaches the adapter first, and waits
 * until it says where it listens. It ends by itself when this process is gone, however that ended.
 */
export async function startChildProgram(options: ChildProgramOptions): Promise<ChildProgram> {
  await untilPortIsFree(options);
  const guard = fileURLToPath(new URL('./guarded-child.js', import.meta.url));
  const main = new URL(options.main, import.meta.url).href;
  const child = spawn(process.execPath, ['--enable-source-maps', guard, main, ...options.args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const complaints: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => {
    if (complaints.length < 50) complaints.push(chunk.toString('utf8'));
  });
  const logFile = createWriteStream(options.logFile, { flags: 'a', mode: 0o600 });
  // On a full disk its log is lost; it may not stand still because nobody takes it.
  logFile.on('error', () => child.stderr.resume());
  child.stderr.pipe(logFile);
  try {
    return { url: await listeningUrl(child), stop: () => stop(child) };
  } catch {
    child.kill('SIGKILL');
    throw new ChildProgramFailed(
      `${options.name} did not start (its port is ${options.portVariable}): ${complaints.join('').trim() || 'it said nothing'}`,
    );
  }
}

/** The first line that the program prints says where it listens. */
function listeningUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(reject, startMsMax);
    const lines = createInterface({ input: child.stdout ?? process.stdin });
    lines.on('line', (line) => {
      const url = urlIn(line);
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
    child.once('exit', reject).once('error', reject);
  });
}

function urlIn(line: string): string | undefined {
  try {
    const message = JSON.parse(line) as { event?: unknown; url?: unknown };
    const said = message.event === 'simulator.listening' && typeof message.url === 'string';
    return said ? String(message.url) : undefined;
  } catch {
    return undefined;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMsMax);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
