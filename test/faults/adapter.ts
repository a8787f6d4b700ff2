import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { choosePort, type Ended, type Program, startProgram } from './program.ts';

/** What the sandbox's merchant and the back office are let in with. */
export interface Access {
  readonly merchantSerialNumber: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly subscriptionKey: string;
  readonly backOfficeToken: string;
}

/** One copy of the real program. Whenever it dies it is started again, as an operator's init would. */
export interface Adapter {
  readonly publicUrl: string;
  readonly internalUrl: string;
  /** Wall clock, one for each time that it was ready. */
  readonly readyAtMs: readonly number[];
  /** Wall clock, one for each time that it was killed. */
  readonly killedAtMs: readonly number[];
  pid(): number | undefined;
  /** Resolves when it serves; again and again through crashes. */
  untilReady(): Promise<void>;
  kill(signal?: NodeJS.Signals): void;
  access(): Promise<Access>;
  /** SIGTERM; says how it ended. It is not started again. */
  stop(): Promise<Ended>;
}

export interface AdapterOptions {
  readonly directory: string;
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** CRASH_AT of each start, in their order; later starts have none. */
  readonly crashAt?: readonly (string | undefined)[];
  /** How long it stays dead, for each death in their order. */
  readonly restMs?: readonly number[];
  readonly ports?: { readonly public: number; readonly internal: number };
}

export async function startAdapter(options: AdapterOptions): Promise<Adapter> {
  const { directory, name, crashAt = [], restMs = [] } = options;
  const ports = options.ports ?? { public: await choosePort(), internal: await choosePort() };
  const dataDirectory = path.join(directory, name);
  const readyAtMs: number[] = [];
  const killedAtMs: number[] = [];
  let program: Program | undefined;
  let stopping = false;
  let starts = 0;

  const isStopping = (): boolean => stopping;

  const start = (): Program => {
    const crash = crashAt[starts];
    starts += 1;
    const started = startProgram({
      main: 'main.js',
      readyEvent: 'service.ready',
      logFile: path.join(directory, `${name}.log`),
      env: {
        ...options.env,
        PUBLIC_PORT: String(ports.public),
        INTERNAL_PORT: String(ports.internal),
        DATA_DIR: dataDirectory,
        LOG_LEVEL: 'info',
        ...(crash === undefined ? {} : { CRASH_AT: crash }),
      },
    });
    void started.ready.then((line) => {
      if (line !== undefined) readyAtMs.push(Number(line['time']));
    });
    return started;
  };

  const keepRunning = async (): Promise<Ended> => {
    for (;;) {
      program = start();
      const ended = await program.ended;
      if (ended.signal === 'SIGKILL') killedAtMs.push(Date.now());
      if (stopping) return ended;
      if (ended.signal !== 'SIGKILL') {
        // Nobody ordered this end: it is tried again, but not as fast as the machine can.
        await pause(500);
      }
      await pause(restMs[killedAtMs.length - 1] ?? 0);
      // It was asked to stop while it was dead.
      if (isStopping()) return ended;
    }
  };
  const life = keepRunning();

  return {
    publicUrl: `http://127.0.0.1:${ports.public}`,
    internalUrl: `http://127.0.0.1:${ports.internal}`,
    readyAtMs,
    killedAtMs,
    pid: () => program?.pid,
    untilReady: async () => {
      for (let tries = 0; tries < 10; tries += 1) {
        if ((await program?.ready) !== undefined) return;
        await program?.ended;
        await pause(20 + (restMs[killedAtMs.length - 1] ?? 0));
      }
      throw new Error(`The adapter does not start; its log is ${name}.log`);
    },
    kill: (signal = 'SIGKILL') => {
      program?.signal(signal);
    },
    access: async () =>
      JSON.parse(await readFile(path.join(dataDirectory, 'sandbox.json'), 'utf8')) as Access,
    stop: async () => {
      stopping = true;
      program?.signal('SIGTERM');
      return life;
    },
  };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
