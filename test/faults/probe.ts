import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Knows when this machine had no time for anybody: then the adapter is not to blame for being late. */
export interface Probe {
  /** The longest that a program which does nothing was kept waiting between the two moments. */
  lateMsMax(fromMs: number, untilMs: number): number;
}

interface Lateness {
  readonly atMs: number;
  readonly lateMs: number;
}

export function startProbe(): Probe & Disposable {
  const program = fileURLToPath(new URL('./probe-command.js', import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const seen: Lateness[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [atMs, lateMs] = line.split(' ').map(Number);
    if (atMs !== undefined && lateMs !== undefined) seen.push({ atMs, lateMs });
  });
  return {
    lateMsMax: (fromMs, untilMs) =>
      seen
        .filter(({ atMs, lateMs }) => atMs >= fromMs && atMs - lateMs <= untilMs)
        .reduce((most, { lateMs }) => Math.max(most, lateMs), 0),
    [Symbol.dispose]: () => {
      child.kill('SIGKILL');
    },
  };
}
