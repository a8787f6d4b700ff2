import { type Clock } from '../shared/clock.ts';
import { type Log } from '../shared/log.ts';
import { type Periodic, startPeriodic } from '../shared/periodic.ts';
import { type RetentionRepository } from './retention-repository.ts';

interface Dependencies {
  readonly repository: RetentionRepository;
  readonly retentionDays: number;
  readonly clock: Clock;
  readonly log: Log;
}

const everyMs = 600_000;
const batchSizeMax = 1_000;

/** Erases what is kept of customers' phone numbers, their last four digits, once its days are over. */
export function startErasingPhoneNumbers(dependencies: Dependencies): Periodic {
  const { clock, log } = dependencies;
  return startPeriodic({
    name: 'erase-phone-numbers',
    everyMs,
    run: () => erasePhoneNumbers(dependencies),
    clock,
    log,
  });
}

export async function erasePhoneNumbers({
  repository,
  retentionDays,
  log,
}: Omit<Dependencies, 'clock'>): Promise<void> {
  let payments = 0;
  for (;;) {
    const erased = await repository.erasePhoneNumbers(retentionDays, batchSizeMax);
    payments += erased;
    if (erased < batchSizeMax) break;
  }
  if (payments > 0) log.info({ event: 'phone-numbers.erased', payments });
}
