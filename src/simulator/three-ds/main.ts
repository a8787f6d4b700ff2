import pino from 'pino';
import { messageOf } from '../../shared/errors.ts';
import { readFlags, usage } from './flags.ts';
import { startThreeDsSimulator } from './three-ds-simulator.ts';

/** Standard output carries one line, for the program that started this one; the log goes beside it. */
async function main(): Promise<void> {
  const { help, logLevel, ...options } = readFlags(process.argv.slice(2));
  if (help) {
    process.stdout.write(usage);
    return;
  }
  const log = pino({ level: logLevel, base: { name: 'three-ds-simulator' } }, pino.destination(2));
  const running = await startThreeDsSimulator({ ...options, log });
  process.stdout.write(
    `${JSON.stringify({ event: 'simulator.listening', name: 'three-ds', url: running.url })}\n`,
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      log.info({ event: 'simulator.stopping', signal });
      void running.close();
    });
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`three-ds simulator: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
