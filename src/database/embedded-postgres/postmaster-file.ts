import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { commandLineOf } from './process-state.ts';

/** What a running server writes into its data directory, line by line: postmaster.pid. */
export type PostmasterFile = {
  readonly pid: number;
  readonly port: number | undefined;
  readonly ready: boolean;
};

function fileOf(cluster: string): string {
  return path.join(cluster, 'postmaster.pid');
}

export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(fileOf(cluster), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parsePostmasterFile(text);
}

export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return { pid, port: port > 0 ? port : undefined, ready: lines[7] === 'ready' };
}

/**
 * Whether the process that the file names is alive and serves this data directory. A server whose
 * directory no longer exists under its name may be ours, moved: that is left for a person to judge.
 */
export function isPostmasterOf(cluster: string, pid: number): boolean {
  const commandLine = commandLineOf(pid);
  if (commandLine === undefined) return false;
  // On Windows the command line is not to be had; there PostgreSQL has to judge by itself.
  if (process.platform === 'win32') return true;
  const directory = / -D (.+) -p \d+ /.exec(commandLine)?.[1];
  return directory !== undefined && (directory === cluster || !existsSync(directory));
}

/**
 * Removes a lock file whose server is dead. PostgreSQL does that by itself, but not when the pid
 * belongs to a zombie or, after a restart of a container, to some other program.
 */
export async function removeStaleLock(cluster: string): Promise<void> {
  const judged = await readPostmasterFile(cluster);
  if (judged === undefined || isPostmasterOf(cluster, judged.pid)) return;

  // Another copy may just have put a lock of its own there: take the file away first, look
  // again at what was taken, and put a living server's lock back.
  const taken = `${fileOf(cluster)}.${randomUUID()}`;
  await rename(fileOf(cluster), taken).catch(() => undefined);
  const text = await readFile(taken, 'utf8').catch(() => undefined);
  const found = text === undefined ? undefined : parsePostmasterFile(text);
  if (found && isPostmasterOf(cluster, found.pid)) {
    await link(taken, fileOf(cluster)).catch(() => undefined);
  }
  await rm(taken, { force: true });
}
