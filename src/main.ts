import { pino } from 'pino';
import { configFrom } from './config/config.ts';
import { readEnv } from './config/env.ts';
import { logDestination } from './log-destination.ts';
import { type Service, startService } from './service.ts';
import { armCrashPoints } from './shared/crash-points.ts';
import { AdapterError, messageOf } from './shared/errors.ts';

const sameSignalMs = 1_000;
const standardOutput = 1;

/** The process: reads the environment, starts the service, and stops it on SIGTERM or Ctrl-C. */
async function main(): Promise<void> {
  const config = configFrom(readEnv());
  if (config.crashAt !== undefined) armCrashPoints(config.crashAt);
  const log = pino(
    { level: config.logLevel, base: { name: 'vipps-psp-adapter' } },
    logDestination(standardOutput),
  );
  const starting = new AbortController();
  const running: { service?: Service } = {};
  let firstSignalMs: number | undefined;

  const stop = (signal: string): void => {
    // Ctrl-C under npm comes twice at once: from the terminal, and passed on by npm. A later one is
    // from somebody who does not want to wait.
    if (firstSignalMs !== undefined) {
      if (performance.now() - firstSignalMs > sameSignalMs) process.exit(1);
      return;
    }
    firstSignalMs = performance.now();
    log.info({ event: 'service.stopping', signal });
    starting.abort();
    if (running.service) void running.service.stop().then(exit, exit);
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  // Its terminal was closed. Without one it is left as it was found: nohup has it ignored.
  if (process.stdin.isTTY) process.on('SIGHUP', stop);

  running.service = await startService(config, log);
  if (starting.signal.aborted) void running.service.stop().then(exit, exit);
}

function exit(failure?: unknown): void {
  if (failure !== undefined) process.stderr.write(`${messageOf(failure)}\n`);
  process.exit(failure === undefined ? 0 : 1);
}

// Nobody may be reading any more: that ends no payment.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

main().catch((error: unknown) => {
  // What we raise ourselves says what to do; a stack trace helps only with what nobody foresaw.
  const text = error instanceof AdapterError ? error.message : String((error as Error).stack);
  process.stderr.write(`The adapter could not start. ${text}\n`);
  process.exit(1);
});
