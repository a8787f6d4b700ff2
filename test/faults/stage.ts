import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts';
import { migrate } from '../../src/database/migrate.ts';
import { silentLog } from '../../src/shared/log.ts';
import { onServer } from '../support/test-database.ts';
import { type Access, startAdapter } from './adapter.ts';
import { type Probe, startProbe } from './probe.ts';
import { rowsOf } from './settle.ts';
import {
  type SimulatedAcquirer,
  type SimulatedVipps,
  startAcquirer,
  startThreeDsServer,
  startVipps,
  vippsCredentials,
} from './simulators.ts';

/** Everything that adapters talk to, each in a process of its own; gone without a trace afterwards. */
export interface Stage extends AsyncDisposable {
  readonly directory: string;
  readonly acquirer: SimulatedAcquirer;
  readonly vipps: SimulatedVipps;
  readonly vippsPatienceMs: number;
  readonly probe: Probe;
  readonly keysDirectory: string;
  /** In it, until somebody retires it. */
  readonly firstKeyFile: string;
  /** Of the merchant and the back office; the same in every database. */
  readonly access: Access;
  /** A migrated database with a merchant in it, and its URL. */
  createDatabase(name: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** A simulated Vipps for a run that makes it misbehave to everybody. */
  startVipps(name: string): Promise<SimulatedVipps>;
  /** The environment of an adapter on this stage. */
  environment(databaseUrl: string, vipps?: SimulatedVipps): Readonly<Record<string, string>>;
  /** `pg_ctl stop -m immediate`: as if the power had failed. It is down until it is started again. */
  stopDatabaseNow(): void;
  startDatabaseAgain(): Promise<void>;
  /** No process of the database does anything until the work is done; then they go on. */
  whileDatabaseHangs(work: () => Promise<void>): Promise<void>;
}

export interface StageOptions {
  /** 0.2 runs with a fifth of the deadlines, on both sides. */
  readonly scale: number;
}

const trueVippsPatienceMs = 15_000;
/** At a fifth: what the machine itself takes is no fifth. The sweep at true values holds answers to 13.5 s. */
const scaledVippsPatienceMs = 5_000;
/** The simulated acquirer takes 20 s at the most, scaled. */
const processingMsMax = 25_000;
const template = 'template_of_faults';
const firstKeyFile = '20260101T000000Z-faults.pem';

export async function setStage({ scale }: StageOptions): Promise<Stage> {
  const closers: (() => PromiseLike<void>)[] = [];
  const dispose = async (): Promise<void> => {
    for (let close = closers.pop(); close; close = closers.pop()) await close();
  };
  try {
    const directory = await mkdtemp(path.join(tmpdir(), 'vipps-psp-adapter-faults-'));
    if (process.env['KEEP_FAULT_LOGS'] === undefined) {
      closers.push(() => rm(directory, { recursive: true, force: true }));
    } else console.log(`logs: ${directory}`);
    const probe = startProbe();
    closers.push(() => {
      probe[Symbol.dispose]();
      return Promise.resolve();
    });
    const { keysDirectory, publicKeyPem } = await makeKeys(directory);
    const postgres = await startDatabase(directory);
    closers.push(() => postgres.stop());
    const acquirer = await startAcquirer(directory, scale);
    closers.push(() => acquirer[Symbol.asyncDispose]());
    const vippsPatienceMs = scale === 1 ? trueVippsPatienceMs : scaledVippsPatienceMs;
    const patience = { publicKeyPem, patienceMs: vippsPatienceMs };
    const vipps = await startVipps(directory, patience);
    closers.push(() => vipps[Symbol.asyncDispose]());
    const threeDs = await startThreeDsServer(directory);
    closers.push(() => threeDs[Symbol.asyncDispose]());
    const environment: Stage['environment'] = (databaseUrl, ofVipps = vipps) => ({
      ...vippsCredentials,
      DATABASE_URL: databaseUrl,
      DATABASE_CONNECTIONS: '8',
      VIPPS_API_URL: ofVipps.url,
      ACQUIRER_URL: acquirer.url,
      THREE_DS_URL: threeDs.url,
      ACQUIRER_PROCESSING_MAX_MS: String(processingMsMax * scale),
      KEYS_DIR: keysDirectory,
      DEADLINE_SCALE: String(scale),
    });
    const access = await makeTemplate(directory, postgres.url(), environment);
    return {
      directory,
      acquirer,
      vipps,
      vippsPatienceMs,
      probe,
      keysDirectory,
      firstKeyFile,
      access,
      environment,
      createDatabase: async (name) => {
        await onServer(postgres.url(), `create database "${name}" template "${template}"`);
        return urlOf(postgres.url(), name);
      },
      dropDatabase: (name) => onServer(postgres.url(), `drop database "${name}" with (force)`),
      startVipps: async (name) => {
        const folder = path.join(directory, name);
        await mkdir(folder, { recursive: true });
        return startVipps(folder, patience);
      },
      stopDatabaseNow: () => {
        postgres.kill();
      },
      startDatabaseAgain: () => postgres.startAgain(),
      whileDatabaseHangs: (work) => postgres.whileHanging(work),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function makeKeys(directory: string) {
  const keysDirectory = path.join(directory, 'keys');
  await mkdir(keysDirectory, { mode: 0o700 });
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(
    path.join(keysDirectory, firstKeyFile),
    privateKey.export({ type: 'pkcs8', format: 'pem' }),
    { mode: 0o600 },
  );
  const publicKeyPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
  return { keysDirectory, publicKeyPem: publicKeyPem.toString() };
}

async function startDatabase(directory: string) {
  const options = { dataDir: path.join(directory, 'postgres'), log: silentLog };
  let server = await startEmbeddedPostgres(options);
  const kill = (): void => {
    process.kill(server.pid, 'SIGQUIT');
  };
  const killIfRunning = (): void => {
    try {
      signalTree(server.pid, 'SIGCONT');
      kill();
    } catch {
      // It has ended already.
    }
  };
  process.once('exit', killIfRunning);
  return {
    url: () => server.url,
    kill,
    startAgain: async () => {
      server = await startEmbeddedPostgres(options);
    },
    whileHanging: async (work: () => Promise<void>) => {
      signalTree(server.pid, 'SIGSTOP');
      try {
        await work();
      } finally {
        signalTree(server.pid, 'SIGCONT');
      }
    },
    stop: async () => {
      process.off('exit', killIfRunning);
      await server.stop();
    },
  };
}

/** The process, and its children as they are once it has the signal. */
function signalTree(pid: number, signal: NodeJS.Signals): void {
  process.kill(pid, signal);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  for (const child of children.split(' ').filter(Boolean)) {
    try {
      process.kill(Number(child), signal);
    } catch {
      // It has ended in the meantime.
    }
  }
}

/** The sandbox's merchant is made by the first copy on a database; clones have it with the same secrets. */
async function makeTemplate(
  directory: string,
  server: string,
  environment: Stage['environment'],
): Promise<Access> {
  await onServer(server, `create database "${template}" template template0`);
  const url = urlOf(server, template);
  await migrate(url);
  await rowsOf(url, ownersSql);
  const adapter = await startAdapter({ directory, name: 'template', env: environment(url) });
  await adapter.untilReady();
  const access = await adapter.access();
  await adapter.stop();
  return access;
}

/** Who has ever had a payment in hand: what a copy takes over no longer says whose it was. */
const ownersSql = `
  create table faults_owner (
    payment_id uuid not null, owner uuid not null, primary key (payment_id, owner)
  );
  create function faults_note_owner() returns trigger language plpgsql as $$
    begin
      if new.owner is not null then
        insert into faults_owner values (new.payment_id, new.owner) on conflict do nothing;
      end if;
      return null;
    end $$;
  create trigger faults_note_owner after insert or update of owner on authorisation_leg
    for each row execute function faults_note_owner();
  create trigger faults_note_owner after insert or update of owner on reversal
    for each row execute function faults_note_owner()`;

function urlOf(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}
