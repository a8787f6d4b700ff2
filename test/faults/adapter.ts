import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
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

/** From when it was ready to its end, by the wall clock. */
export interface Life {
  /** What the copy called itself. */
  readonly instanceId: string;
  readonly readyAtMs: number;
  endedAtMs: number;
}

/** One copy of the real program. Whenever it dies it is started again, as an operator's init would. */
export interface Adapter {
  readonly publicUrl: string;
  readonly internalUrl: string;
  /** One for each time that it was ready, the last one still under way; its end is infinite. */
  readonly lives: readonly Life[];
  /** How often it has died by SIGKILL, also before it was ready. */
  readonly kills: number;
  pid(): number | undefined;
  /** Resolves when it serves; again and again through crashes. */
  untilReady(): Promise<void>;
  kill(signal?: NodeJS.Signals): void;
  /** Of one that is armed: what is to happen at its crash points from now on. */
  order(text: string): void;
  /** Whether it was killed or stopped as ordered. */
  orderIsDone(): boolean;
  /** How long it stays dead when it dies next. */
  rest(ms: number): void;
  access(): Promise<Access>;
  /** SIGTERM; says how it ended. It is not started again. */
  stop(): Promise<Ended>;
}

export interface AdapterOptions {
  readonly directory: string;
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** It takes orders for its crash points. */
  readonly armed?: boolean;
  /** It does not live long, and gives way to programs that are waited for by the second. */
  readonly patient?: boolean;
}

const unaskedEndRestMs = 200;
const startsMax = 10;
const patientPriority = 5;

export async function startAdapter(options: AdapterOptions): Promise<Adapter> {
  const { directory, name, armed = false, patient = false } = options;
  const ports = { public: await choosePort(), internal: await choosePort() };
  const dataDirectory = path.join(directory, name);
  const ordersFile = path.join(directory, `${name}.orders`);
  writeFileSync(ordersFile, '');
  const lives: Life[] = [];
  let program: Program | undefined;
  let stopping = false;
  let kills = 0;
  let restMs = 0;

  const isStopping = (): boolean => stopping;

  const start = (): Program => {
    const started = startProgram({
      main: 'main.js',
      readyEvent: 'service.ready',
      shortLived: patient,
      logFile: path.join(directory, `${name}.log`),
      env: {
        ...options.env,
        PUBLIC_PORT: String(ports.public),
        INTERNAL_PORT: String(ports.internal),
        DATA_DIR: dataDirectory,
        LOG_LEVEL: 'info',
        ...(armed && { CRASH_AT: `orders:${ordersFile}` }),
      },
    });
    if (patient) setPriority(started.pid, patientPriority);
    void started.ready.then((line) => {
      if (line === undefined) return;
      const [instanceId, readyAtMs] = [String(line['instanceId']), Number(line['time'])];
      lives.push({ instanceId, readyAtMs, endedAtMs: Infinity });
    });
    return started;
  };

  const untilEnded = async (running: Program): Promise<Ended> => {
    const ended = await running.ended;
    const life = lives.at(-1);
    if (life) life.endedAtMs = Math.min(life.endedAtMs, Date.now());
    if (ended.signal === 'SIGKILL') kills += 1;
    return ended;
  };

  const keepRunning = async (): Promise<Ended> => {
    for (;;) {
      program = start();
      const ended = await untilEnded(program);
      if (stopping) return ended;
      // Where nobody ordered this end it is tried again, but not as fast as the machine can.
      await pause(ended.signal === 'SIGKILL' ? restMs : unaskedEndRestMs);
      restMs = 0;
      // It was asked to stop while it was dead.
      if (isStopping()) return ended;
    }
  };
  const life = keepRunning();

  return {
    publicUrl: `http://127.0.0.1:${ports.public}`,
    internalUrl: `http://127.0.0.1:${ports.internal}`,
    lives,
    get kills() {
      return kills;
    },
    pid: () => program?.pid,
    untilReady: async () => {
      for (let tries = 0; tries < startsMax;) {
        const current = program;
        if ((await current?.ready) !== undefined && current === program && !current?.isOver())
          return;
        await current?.ended;
        if (current === program) await pause(20);
        else tries += 1;
      }
      throw new Error(`The adapter does not start; its log is ${name}.log`);
    },
    kill: (signal = 'SIGKILL') => {
      program?.signal(signal);
    },
    order: (text) => {
      writeFileSync(ordersFile, text);
    },
    orderIsDone: () => readFileSync(ordersFile, 'utf8') === '',
    rest: (ms) => {
      restMs = ms;
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
