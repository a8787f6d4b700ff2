import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { migrate } from '../../src/database/migrate.ts';
import { startTestServer } from '../support/test-server.ts';
import { createPaymentSupply, type PaymentSupply, storeFinished } from './calls.ts';
import { type Child, type ChildOptions, startChild } from './child.ts';
import { type BenchKey, makeBenchKey } from './keys.ts';
import { type AdapterProgramSettings, type FloorSettings } from './programs.ts';

/** Everything that a run needs, each in a process of its own; gone without a trace afterwards. */
export interface Stage extends AsyncDisposable {
  readonly key: BenchKey;
  readonly longKey: BenchKey;
  /** Where the adapters' logs are, for as long as the stage stands. */
  readonly logFile: string;
  readonly adapter: Child;
  readonly floor: Child;
  readonly supply: PaymentSupply;
  /** A further adapter on the same database. */
  startAdapter(key: BenchKey): Promise<Child>;
}

const keyBits = 2048;
const longKeyBits = 4096;

export interface StageOptions {
  /** Finished payments to begin with. */
  readonly stored: number;
  /** Flags of node for the adapter's process, such as `--cpu-prof`. */
  readonly adapterFlags: readonly string[];
  readonly adapterEnvironment: Readonly<Record<string, string>>;
}

type HowToStart = Pick<ChildOptions, 'execArgv' | 'environment'>;

export async function setStage(options: StageOptions): Promise<Stage> {
  const { adapterFlags, adapterEnvironment } = options;
  const stack = new AsyncDisposableStackOfOurs();
  try {
    const directory = await mkdtemp(path.join(tmpdir(), 'vipps-psp-adapter-bench-'));
    stack.defer(() => rm(directory, { recursive: true, force: true }));
    const server = await startTestServer(undefined);
    stack.defer(() => server.stop());
    await migrate(server.url);
    const database = new pg.Pool({ connectionString: server.url, max: 2 });
    stack.defer(() => database.end());
    await database.query(
      `create table floor_payment (id bigint generated always as identity primary key,
        psp_transaction_id text not null, masked_pan text not null,
        at timestamptz not null default clock_timestamp())`,
    );
    await storeFinished(database, options.stored);

    const key = await makeBenchKey(path.join(directory, 'keys'), keyBits);
    const longKey = await makeBenchKey(path.join(directory, 'long-keys'), longKeyBits);
    const logFile = path.join(directory, 'adapter.log');
    const start = async (program: string, settings: object, as: HowToStart = {}) => {
      const child = await startChild({ program, settings, stdoutFile: logFile, ...as });
      stack.defer(() => child[Symbol.asyncDispose]());
      return child;
    };

    const { url: acquirerUrl } = await start('acquirer-stub.js', {});
    const common = { databaseUrl: server.url, acquirerUrl };
    const startAdapter = (of: BenchKey): Promise<Child> => {
      const settings: AdapterProgramSettings = { ...common, keysDirectory: of.directory };
      const as = { execArgv: adapterFlags, environment: adapterEnvironment };
      return start('adapter.js', settings, as);
    };
    const floorSettings: FloorSettings = { ...common, keyFile: key.file };
    return {
      key,
      longKey,
      logFile,
      adapter: await startAdapter(key),
      floor: await start('floor.js', floorSettings),
      supply: await createPaymentSupply(database),
      startAdapter,
      [Symbol.asyncDispose]: () => stack.disposeAll(),
    };
  } catch (error) {
    await stack.disposeAll();
    throw error;
  }
}

/** Undoes in the opposite order, and goes on when a step fails. Node 20 has no such class yet. */
class AsyncDisposableStackOfOurs {
  readonly #steps: (() => PromiseLike<void>)[] = [];

  defer(step: () => PromiseLike<void>): void {
    this.#steps.push(step);
  }

  async disposeAll(): Promise<void> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        console.error(error);
      }
    }
  }
}
