import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Clock } from '../../shared/clock.ts';
import { choosePort, rememberPort } from './choose-port.ts';
import { type ClusterPlan } from './create-cluster.ts';
import { readPostmasterFile } from './postmaster-file.ts';
import { commandOf } from './run-as.ts';

export type Launched =
  | { readonly kind: 'ready'; readonly pid: number; readonly port: number }
  /** Another server has the data directory, or is just leaving it. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'failed'; readonly reason: string };

const pollMs = 5;
const readyMsMax = 60_000;
const reasonCharactersMax = 4_000;

const settings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  // A socket's path may have 107 bytes at most, and a checkout may lie deeper than that.
  unix_socket_directories: '',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '64MB',
  max_connections: '200',
  max_wal_size: '256MB',
  // As much, so that its files are used again: a new one takes 50 ms, which a commit waits for.
  min_wal_size: '256MB',
  io_method: 'sync',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  logging_collector: 'on',
  log_directory: 'log',
  // A file for each hour of the day, overwritten the next day: the log cannot grow for ever.
  log_filename: 'postgresql-%H.log',
  log_rotation_age: '60',
  log_rotation_size: '0',
  log_truncate_on_rotation: 'on',
  log_checkpoints: 'off',
  // The detail of a violated constraint quotes the row.
  log_error_verbosity: 'terse',
};

/**
 * Starts a server on the data directory and waits until it takes connections.
 *
 * It is started in a session of its own: Ctrl-C at a terminal goes to every process of the
 * foreground group, and would stop the database before the adapter has finished with it.
 */
export async function launch(plan: ClusterPlan, clock: Clock): Promise<Launched> {
  const port = await choosePort(plan.directory);
  const startLog = path.join(plan.directory, `start-${randomUUID()}.log`);
  const child = spawnServer(plan, port, startLog);
  const ended = exitOf(child);
  try {
    const pid = await readyPid(plan, { child, ended, clock });
    if (pid === undefined) return await whyItEnded(plan, startLog);
    await rememberPort(plan.directory, port);
    return { kind: 'ready', pid, port };
  } catch (error) {
    child.kill('SIGINT');
    throw error;
  } finally {
    child.unref();
    await rm(startLog, { force: true });
  }
}

function spawnServer(plan: ClusterPlan, port: number, startLog: string): ChildProcess {
  const [program, args] = commandOf(plan.runAs, plan.binaries.postgres, [
    '-D',
    plan.cluster,
    '-p',
    String(port),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  // A file, not a pipe: the server may outlive us, and a pipe would break under it.
  const log = openSync(startLog, 'ax', 0o600);
  try {
    const { env } = plan;
    return spawn(program, args, { cwd: '/', env, detached: true, stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

type Waiting = {
  readonly child: ChildProcess;
  readonly ended: Promise<undefined>;
  readonly clock: Clock;
};

function exitOf(child: ChildProcess): Promise<undefined> {
  return new Promise((resolve) => {
    child.on('error', () => {
      resolve(undefined);
    });
    child.on('exit', () => {
      resolve(undefined);
    });
  });
}

async function readyPid(plan: ClusterPlan, waiting: Waiting): Promise<number | undefined> {
  const { child, ended, clock } = waiting;
  const until = clock.monotonicMs() + readyMsMax;
  while (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const file = await readPostmasterFile(plan.cluster);
    if (file?.pid === child.pid && file.ready) return file.pid;
    if (clock.monotonicMs() > until) child.kill('SIGQUIT');
    await Promise.race([clock.sleep(pollMs), ended]);
  }
  return undefined;
}

async function whyItEnded(plan: ClusterPlan, startLog: string): Promise<Launched> {
  const said = await readFile(startLog, 'utf8').catch(() => '');
  if (/lock file .* already exists|pre-existing shared memory block/.test(said)) {
    return { kind: 'taken' };
  }
  const logged = await newestLog(path.join(plan.cluster, 'log'));
  return { kind: 'failed', reason: `${said}\n${logged}`.trim().slice(-reasonCharactersMax) };
}

/** What was said once the server had opened its own log. */
async function newestLog(directory: string): Promise<string> {
  const files = await readdir(directory).catch(() => []);
  const dated = await Promise.all(
    files.map(async (name) => {
      const file = path.join(directory, name);
      return { file, changedMs: (await stat(file)).mtimeMs };
    }),
  );
  const newest = dated.sort((left, right) => right.changedMs - left.changedMs)[0];
  const text = newest ? await readFile(newest.file, 'utf8') : '';
  return text.split('\n').slice(-12).join('\n');
}
