import { readEnv } from '../config/env.ts';
import { systemClock } from '../shared/clock.ts';
import { runKeysCommand } from './run-keys-command.ts';

const { exitCode, stdout, stderr } = await runKeysCommand({
  commandLine: process.argv.slice(2),
  readEnvironment: readEnv,
  clock: systemClock,
});
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = exitCode;
