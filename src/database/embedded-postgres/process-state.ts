import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * What the process is, by its command line; undefined when there is none, or when it is dead and
 * only waits to be reaped. A zombie counts as dead: under a PID 1 that never reaps it stays forever.
 */
export function commandLineOf(pid: number): string | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0 || !answersSignals(pid)) return undefined;
  if (process.platform === 'win32') return '';
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

export function isRunning(pid: number): boolean {
  return commandLineOf(pid) !== undefined;
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function fromProc(pid: number): string | undefined {
  try {
    // The name in parentheses may itself hold spaces and parentheses; the state follows the last.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
    if (state === 'Z' || state === 'X') return undefined;
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return undefined;
  }
}

function fromPs(pid: number): string | undefined {
  const { stdout, status } = spawnSync('ps', ['-o', 'stat=,command=', '-p', String(pid)], {
    encoding: 'utf8',
  });
  if (status !== 0 || stdout.trimStart().startsWith('Z')) return undefined;
  return stdout;
}
