import { inTransaction, type Transactions } from '../database/database.ts';
import { type Clock } from '../shared/clock.ts';
import { type Log } from '../shared/log.ts';
import { type Periodic, startPeriodic } from '../shared/periodic.ts';
import { type IdempotencyRepository } from './idempotency-repository.ts';

interface Dependencies {
  readonly database: Transactions;
  readonly repository: IdempotencyRepository;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long a merchant may repeat a request and be sure to get its first answer. */
const keptDays = 30;
const batchSizeMax = 1_000;
const everyMs = 600_000;

/** Removes idempotency records that are older than 30 days. */
export function startForgettingAnswers(dependencies: Dependencies): Periodic {
  const { clock, log } = dependencies;
  return startPeriodic({
    name: 'forget-answers',
    everyMs,
    run: () => forgetAnswers(dependencies),
    clock,
    log,
  });
}

export async function forgetAnswers(
  dependencies: Pick<Dependencies, 'database' | 'repository'>,
): Promise<void> {
  const { database, repository } = dependencies;
  for (;;) {
    const forgotten = await inTransaction(database, 'idempotency-forget', (trx) =>
      repository.forget(trx, keptDays, batchSizeMax),
    );
    if (forgotten < batchSizeMax) return;
  }
}
