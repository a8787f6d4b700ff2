import { readFile } from 'node:fs/promises';

/** Resident memory of a process in MB: now, and the most that it ever was. Linux alone tells. */
export async function residentMbOf(
  pid: number,
): Promise<{ readonly now: number; readonly peak: number } | undefined> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const mbOf = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? NaN) / 1_024;
  const now = mbOf('VmRSS');
  return Number.isNaN(now) ? undefined : { now, peak: mbOf('VmHWM') };
}
