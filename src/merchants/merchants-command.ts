import { readEnv } from '../config/env.ts';
import { messageOf } from '../shared/errors.ts';
import { runMerchantsCommand } from './run-merchants-command.ts';

async function main(): Promise<number> {
  try {
    const { exitCode, stdout, stderr } = await runMerchantsCommand({
      commandLine: process.argv.slice(2),
      env: readEnv(),
    });
    process.stdout.write(stdout);
    process.stderr.write(stderr);
    return exitCode;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return 1;
  }
}

process.exitCode = await main();
