import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../shared/errors.ts';
import { Secret } from '../../shared/secret.ts';
import { EmbeddedPostgresFailed } from './embedded-postgres-failed.ts';
import { type PostgresBinaries } from './locate-binaries.ts';
import { isRunning } from './process-state.ts';
import { type RunAs, commandOf } from './run-as.ts';
import { runProgram } from './run-program.ts';

/** The major version that the pinned package brings; its files are of no use to another. */
export const postgresMajor = '18';
const passwordFile = 'adapter-password';
const unfinished = /^cluster\.new-(\d+)-/;
const initMsMax = 120_000;

export type ClusterPlan = {
  readonly binaries: PostgresBinaries;
  readonly directory: string;
  readonly cluster: string;
  readonly env: NodeJS.ProcessEnv | undefined;
  readonly runAs: RunAs;
};

/**
 * Makes the data directory where there is none yet. It is made under another name and renamed, so
 * that an interrupted start leaves no half of one, and of two that start at once one wins.
 */
export async function createCluster(plan: ClusterPlan): Promise<void> {
  const { directory, cluster } = plan;
  await removeUnfinished(directory);
  if (existsSync(cluster)) return;
  const fresh = path.join(
    directory,
    `cluster.new-${process.pid}-${randomBytes(6).toString('hex')}`,
  );
  const password = `${fresh}.password`;
  try {
    // 256 random bits in letters that need no escaping in a URL.
    await writeFile(password, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
    await initialise(plan, fresh, password);
    await rename(password, path.join(fresh, passwordFile));
    await rename(fresh, cluster);
  } catch (error) {
    // The other copy's directory is as good as ours.
    if (!existsSync(cluster)) throw error;
  } finally {
    await rm(password, { force: true });
    await rm(fresh, { recursive: true, force: true });
  }
}

async function initialise(plan: ClusterPlan, fresh: string, password: string): Promise<void> {
  const [program, args] = commandOf(plan.runAs, plan.binaries.initdb, [
    `--pgdata=${fresh}`,
    '--username=postgres',
    `--pwfile=${password}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
    // The password has 256 bits of its own: stretching it would only slow every connection.
    '--set=scram_iterations=1',
  ]);
  const { exitCode, output } = await runProgram(program, args, { env: plan.env, msMax: initMsMax });
  if (exitCode !== 0) {
    throw new EmbeddedPostgresFailed(
      `initdb could not make a data directory in ${plan.directory}: ${output.trim()}.`,
    );
  }
}

async function removeUnfinished(directory: string): Promise<void> {
  for (const entry of await readdir(directory)) {
    const maker = unfinished.exec(entry)?.[1];
    if (maker === undefined || Number(maker) === process.pid || isRunning(Number(maker))) continue;
    await rm(path.join(directory, entry), { recursive: true, force: true });
  }
}

/** Throws EmbeddedPostgresFailed when the data directory is no such thing or of another version. */
export async function checkVersion(cluster: string): Promise<void> {
  const found = await readFile(path.join(cluster, 'PG_VERSION'), 'utf8').catch((error: unknown) => {
    throw new EmbeddedPostgresFailed(
      `${cluster} is not a PostgreSQL data directory that we can read (${messageOf(error)}). Move it away, or start as the user who made it.`,
    );
  });
  if (found.trim() === postgresMajor) return;
  throw new EmbeddedPostgresFailed(
    `${cluster} was written by PostgreSQL ${found.trim()}, and this is ${postgresMajor}. Move it away to begin with an empty database.`,
  );
}

export async function readPassword(cluster: string): Promise<Secret<string>> {
  const file = path.join(cluster, passwordFile);
  const password = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new EmbeddedPostgresFailed(
      `The password of the embedded PostgreSQL is gone (${messageOf(error)}). Put ${file} back, or move ${cluster} away to begin with an empty database.`,
    );
  });
  return new Secret(password.trim());
}
