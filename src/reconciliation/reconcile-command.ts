import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { configFrom } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { systemClock } from '../shared/clock.ts';
import { messageOf } from '../shared/errors.ts';
import { reconcileOnce } from './reconcile-once.ts';
import { type ReconciliationReport } from './reconcile.ts';

/** The program behind `npm run reconcile`: one reconciliation, printed; exit code 1 when it could not be made. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, 'quiet-seconds': { type: 'string' } },
  });
  const config = configFrom(readEnv());
  const quietSeconds = Number(values['quiet-seconds'] ?? 300);
  const log = pino({ level: config.logLevel, base: { name: 'reconcile' } }, pino.destination(2));
  const report = await reconcileOnce(config, {
    clock: systemClock,
    log,
    quietMs: quietSeconds * 1_000,
  });
  console.log(values.json ? JSON.stringify(report) : render(report));
  return 0;
}

function render({ payments, differences }: ReconciliationReport): string {
  const healing = differences.filter((difference) => difference.healing).length;
  const lines = differences.map(
    ({ kind, pspTransactionId, subject, healing: isHealing }) =>
      `${kind.padEnd(28)} ${pspTransactionId}  ${subject}  ${isHealing ? 'being healed' : 'FOR A PERSON'}`,
  );
  return [
    ...lines,
    `${payments} payments compared, ${differences.length} differences, ${healing} being healed, ${differences.length - healing} for a person`,
  ].join('\n');
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    process.stderr.write(`The reconciliation could not be made. ${messageOf(error)}\n`);
    process.exitCode = 1;
  },
);
