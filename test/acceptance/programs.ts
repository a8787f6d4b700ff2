import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../../../', import.meta.url));
const adapterProgram = fileURLToPath(new URL('../../src/main.js', import.meta.url));

export type Variables = Readonly<Record<string, string>>;

/** Members of sandbox.json, as the README promises them. */
export interface SandboxFile {
  readonly merchantSerialNumber: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly subscriptionKey: string;
  readonly backOfficeToken: string;
  readonly publicUrl: string;
  readonly internalUrl: string;
  readonly vippsSimulatorUrl: string | null;
  readonly acquirerSimulatorUrl: string | null;
  readonly threeDsSimulatorUrl: string | null;
  readonly databaseUrl: string;
  readonly sandboxUrl: string;
  readonly pid: number;
}

/** A program under test, with everything that it has said. */
export interface Program {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** The lines of its log that tell of something wrong. */
  warnings(): string;
  /** From now on nobody takes what it writes, as when `head` has read enough. */
  stopReading(): void;
  kill(signal: NodeJS.Signals): void;
  /** Sends the signal to its whole process group, as a terminal does. */
  killGroup(signal: NodeJS.Signals): void;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/**
 * What a program gets of this process's environment: no variable of the adapter, but the order to
 * have no network beyond this machine.
 */
function inherited(): Variables {
  const passed = ['PATH', 'HOME', 'TMPDIR', 'NODE_OPTIONS', 'SystemRoot'];
  return Object.fromEntries(
    passed.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

export function startProgram(
  command: readonly [string, ...string[]],
  variables: Variables,
  cwd: string = projectRoot,
): Program {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    cwd,
    env: { ...inherited(), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString('utf8')));
  return {
    pid: child.pid ?? 0,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    warnings: () => said.stdout.match(/^.*"level":[456]0,.*$/gm)?.join('\n') ?? '',
    stopReading: () => {
      child.stdout.destroy();
      child.stderr.destroy();
    },
    kill: (signal) => child.kill(signal),
    killGroup: (signal) => {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    },
    ended: endOf(child),
  };
}

async function endOf(child: ChildProcess) {
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal };
}

/** Whatever a test left of a program, and of what it started, is gone afterwards. */
export async function killAll(program: Program): Promise<void> {
  try {
    program.killGroup('SIGKILL');
  } catch {
    // All of it has ended already, as it should have.
  }
  await program.ended;
}

export interface Adapter extends Program {
  readonly sandbox: SandboxFile;
  readonly dataDirectory: string;
  readonly keysDirectory: string;
  readonly startedInMs: number;
  /** SIGTERM, and until it has ended. */
  readonly stop: () => Promise<void>;
}

/** Whatever an adapter of one test file keeps; several adapters may follow one another in it. */
export async function makePlace(): Promise<{ directory: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(path.join(tmpdir(), 'acceptance-'));
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

/** What every adapter here is started with: free ports, and files of its own. */
export function variablesOf(directory: string): Variables {
  return {
    PUBLIC_PORT: '0',
    INTERNAL_PORT: '0',
    VIPPS_SIMULATOR_PORT: '0',
    ACQUIRER_SIMULATOR_PORT: '0',
    THREE_DS_SIMULATOR_PORT: '0',
    DATA_DIR: path.join(directory, 'data'),
    KEYS_DIR: path.join(directory, 'keys'),
    LOG_LEVEL: 'trace',
  };
}

export function runAdapter(variables: Variables): Program {
  return startProgram([process.execPath, '--enable-source-maps', adapterProgram], variables);
}

const startMsMax = 40_000;

/** Starts the adapter and waits until it says that it is ready. */
export async function startAdapter(directory: string, more: Variables = {}): Promise<Adapter> {
  const variables = { ...variablesOf(directory), ...more };
  const startedAtMs = performance.now();
  const program = runAdapter(variables);
  await untilReady(program);
  const startedInMs = performance.now() - startedAtMs;
  const dataDirectory = variables['DATA_DIR'] ?? '';
  const text = await readFile(path.join(dataDirectory, 'sandbox.json'), 'utf8');
  return {
    ...program,
    sandbox: JSON.parse(text) as SandboxFile,
    dataDirectory,
    keysDirectory: variables['KEYS_DIR'] ?? '',
    startedInMs,
    stop: async () => {
      program.kill('SIGTERM');
      await program.ended;
    },
  };
}

async function untilReady(program: Program): Promise<void> {
  const ended = program.ended.then(() => 'ended' as const);
  const deadline = performance.now() + startMsMax;
  while (!program.stdout().includes('"event":"service.ready"')) {
    const what = await Promise.race([ended, pause(25)]);
    if (what === 'ended' || performance.now() > deadline) {
      if (what !== 'ended') program.kill('SIGKILL');
      throw new Error(`The adapter did not start:\n${program.stdout()}${program.stderr()}`);
    }
  }
}

/** What a test has opened, to be closed in the opposite order, also where opening the rest failed. */
export interface Opened {
  readonly add: (close: () => Promise<unknown>) => void;
  readonly closeAll: () => Promise<void>;
}

export function openedThings(): Opened {
  const closers: (() => Promise<unknown>)[] = [];
  return {
    add: (close) => closers.push(close),
    closeAll: async () => {
      for (const close of closers.splice(0).reverse()) await close();
    },
  };
}

export function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms, undefined);
  });
}

/** Looks again until what is seen will do; fails with what was last seen. */
export async function eventually<Seen>(
  look: () => Promise<Seen> | Seen,
  willDo: (seen: Seen) => boolean,
  withinMs = 10_000,
): Promise<Seen> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (willDo(seen)) return seen;
    if (performance.now() > deadline) {
      throw new Error(`Not within ${withinMs} ms. Last seen: ${JSON.stringify(seen)}`);
    }
    await pause(25);
  }
}
