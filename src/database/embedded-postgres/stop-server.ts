import { type Clock } from '../../shared/clock.ts';
import { type Log } from '../../shared/log.ts';
import { isPostmasterOf } from './postmaster-file.ts';
import { isRunning } from './process-state.ts';
import { runProgram } from './run-program.ts';

const pollMs = 5;
const fastMsMax = 30_000;
const immediateMsMax = 5_000;

export type ServerToStop = {
  readonly pid: number;
  readonly cluster: string;
  readonly pgCtl: string;
  readonly clock: Clock;
  readonly log: Log;
};

/**
 * Stops the server and waits for its end: open transactions are rolled back, connections closed,
 * everything written. A server that does not end in 30 s is made to, and recovers at its next start.
 */
export async function stopServer(server: ServerToStop): Promise<void> {
  if (process.platform === 'win32') {
    const args = ['stop', '-D', server.cluster, '-m', 'fast', '-w', '-t', '30'];
    await runProgram(server.pgCtl, args, { env: undefined, msMax: fastMsMax + 5_000 });
    return;
  }
  if (await endsAfter(server, 'SIGINT', fastMsMax)) return;
  server.log.warn({ event: 'embedded-postgres.stop-forced', pid: server.pid });
  if (await endsAfter(server, 'SIGQUIT', immediateMsMax)) return;
  server.log.error({ event: 'embedded-postgres.stop-failed', pid: server.pid });
}

async function endsAfter(
  { pid, cluster, clock }: ServerToStop,
  signal: NodeJS.Signals,
  msMax: number,
): Promise<boolean> {
  const until = clock.monotonicMs() + msMax;
  if (!isPostmasterOf(cluster, pid)) return true;
  process.kill(pid, signal);
  // Until it is wholly gone: while it is going, its port and its memory are still taken.
  while (isRunning(pid)) {
    if (clock.monotonicMs() > until) return false;
    await clock.sleep(pollMs);
  }
  return true;
}
