import { pino } from 'pino';
import { messageOf } from '../../shared/errors.ts';
import { type Configuration, configurationFrom } from './configuration.ts';
import { defaultCredentials } from './settings.ts';
import { startVippsSimulator } from './start-vipps-simulator.ts';

/** The program: stdout carries the one line that says where it listens, stderr the log. */
async function main(): Promise<void> {
  const configuration = configurationFrom(process.argv.slice(2));
  const stderr = 2;
  const log = pino(
    { level: configuration.logLevel, base: { name: 'vipps-simulator' } },
    pino.destination({ dest: stderr, sync: true }),
  );
  const simulator = await startVippsSimulator({ ...configuration, log });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    simulator.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.stdout.write(listeningLine(simulator.url, configuration) + '\n');
}

function listeningLine(url: string, configuration: Configuration): string {
  return JSON.stringify({
    event: 'simulator.listening',
    name: 'vipps',
    url,
    ...(configuration.usesDefaultCredentials ? { defaultCredentials } : {}),
  });
}

main().catch((thrown: unknown) => {
  process.stderr.write(`The simulated Vipps could not start: ${messageOf(thrown)}\n`);
  process.exit(1);
});
