import { mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { type Clock, systemClock } from '../shared/clock.ts';
import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { type Secret } from '../shared/secret.ts';
import { type Claim, claimServer, urlOf } from './embedded-postgres/claim.ts';
import {
  type ClusterPlan,
  checkVersion,
  createCluster,
  readPassword,
} from './embedded-postgres/create-cluster.ts';
import { EmbeddedPostgresFailed } from './embedded-postgres/embedded-postgres-failed.ts';
import { launch } from './embedded-postgres/launch.ts';
import { linkLibraries } from './embedded-postgres/link-libraries.ts';
import { locateBinaries } from './embedded-postgres/locate-binaries.ts';
import { readPostmasterFile, removeStaleLock } from './embedded-postgres/postmaster-file.ts';
import { chooseRunAs, type RunAsName } from './embedded-postgres/run-as.ts';
import { stopServer } from './embedded-postgres/stop-server.ts';

const startMsMax = 75_000;
const launchesMax = 5;
const retryMs = 20;

export type EmbeddedPostgresOptions = {
  /** Made when absent; holds the cluster, its password and its log. Kept between starts. */
  readonly dataDir: string;
  readonly log: Log;
  readonly clock?: Clock;
  /** As root, only these ways of not being root. For tests. */
  readonly runAsAllowed?: readonly RunAsName[];
};

export type EmbeddedPostgres = {
  /** For one who may do everything; holds the password. */
  readonly url: string;
  readonly pid: number;
  /** True when the server was already running: another copy's, or left by one that was killed. */
  readonly adopted: boolean;
  /** Stops the server, unless another process uses it too: the last one out turns off the light. */
  stop(): Promise<void>;
};

type Running = {
  readonly pid: number;
  readonly port: number;
  readonly claim: Claim;
  readonly adopted: boolean;
};

/**
 * Starts PostgreSQL on the data directory, or joins the one that already runs there.
 *
 * For development, the sandbox and tests: it listens on 127.0.0.1 only, and its libraries are not
 * kept up to date. Throws EmbeddedPostgresFailed, which says what to do.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  try {
    return await start(options);
  } catch (error) {
    if (error instanceof EmbeddedPostgresFailed) throw error;
    const reason = messageOf(error);
    throw new EmbeddedPostgresFailed(
      `The embedded PostgreSQL did not start in ${options.dataDir}: ${reason}.`,
      { cause: error },
    );
  }
}

async function start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log, clock = systemClock } = options;
  const startedMs = clock.monotonicMs();
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const directory = await realpath(options.dataDir);
  const cluster = path.join(directory, 'cluster');

  const running = await untilRunning({ directory, cluster, options, clock });
  const { pid, port, adopted, claim } = running;
  const tookMs = Math.round(clock.monotonicMs() - startedMs);
  log.info({ event: 'embedded-postgres.started', pid, port, adopted, tookMs });

  let stopped: Promise<void> | undefined;
  const stop = async () => {
    const alone = await claim.release();
    log.info({ event: 'embedded-postgres.stopping', pid, alone });
    const { pgCtl } = locateBinaries();
    if (alone) await stopServer({ pid, cluster, pgCtl, clock, log });
  };
  const password = await readPassword(cluster);
  return { url: urlOf({ port, password }), pid, adopted, stop: () => (stopped ??= stop()) };
}

type Start = {
  readonly directory: string;
  readonly cluster: string;
  readonly options: EmbeddedPostgresOptions;
  readonly clock: Clock;
};

async function untilRunning(start: Start): Promise<Running> {
  const { cluster, clock } = start;
  const until = clock.monotonicMs() + startMsMax;
  const failures: string[] = [];
  let plan: ClusterPlan | undefined;
  while (clock.monotonicMs() < until && failures.length < launchesMax) {
    const adopted = await adopt(cluster);
    if (adopted) return adopted;

    plan ??= await prepare(start);
    await removeStaleLock(cluster);
    const launched = await launch(plan, clock);
    if (launched.kind === 'failed') failures.push(launched.reason);
    if (launched.kind === 'ready') {
      const { pid, port } = launched;
      const claim = await claimServer({ port, password: await readPassword(cluster) }, cluster);
      if (claim) return { pid, port, claim, adopted: false };
    }
    await clock.sleep(retryMs);
  }
  throw await gaveUp(start, failures);
}

async function gaveUp({ cluster }: Start, failures: string[]): Promise<EmbeddedPostgresFailed> {
  const last = failures.at(-1);
  if (last !== undefined) {
    return new EmbeddedPostgresFailed(`PostgreSQL did not start on ${cluster}:\n${last}\n`);
  }
  const holder = await readPostmasterFile(cluster);
  return new EmbeddedPostgresFailed(
    `${cluster} is held by process ${holder?.pid ?? 'unknown'}, which lets nobody in. End it and start again.`,
  );
}

/** A server that survived its starter, or another copy's; undefined when there is none to join. */
async function adopt(cluster: string): Promise<Running | undefined> {
  const file = await readPostmasterFile(cluster);
  if (file?.port === undefined) return undefined;
  const password: Secret<string> = await readPassword(cluster);
  const { pid, port } = file;
  const claim = await claimServer({ port, password }, cluster);
  return claim && { pid, port, claim, adopted: true };
}

async function prepare({ directory, cluster, options }: Start): Promise<ClusterPlan> {
  const binaries = locateBinaries();
  const libraries = await linkLibraries(binaries, path.join(directory, 'lib'));
  const env = environment(libraries);
  const allowed = options.runAsAllowed;
  const runAs = await chooseRunAs({ binaries, directory, cluster, env, allowed });
  const plan = { binaries, directory, cluster, env, runAs };
  await createCluster(plan);
  await checkVersion(cluster);
  // Before anything runs: a server that nobody can enter must not be left behind.
  await readPassword(cluster);
  return plan;
}

/** Nothing of ours is passed on: our environment holds secrets that a database has no use for. */
function environment(libraries: string | undefined): NodeJS.ProcessEnv | undefined {
  if (process.platform === 'win32') return undefined;
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
  if (libraries === undefined) return env;
  return { ...env, LD_LIBRARY_PATH: libraries, DYLD_LIBRARY_PATH: libraries };
}
