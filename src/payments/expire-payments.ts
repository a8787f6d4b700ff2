import { type Clock } from '../shared/clock.ts';
import { type Log } from '../shared/log.ts';
import { type Periodic, startPeriodic } from '../shared/periodic.ts';
import { type ExpiryRepository } from './expiry-repository.ts';

interface Dependencies {
  readonly repository: ExpiryRepository;
  readonly clock: Clock;
  readonly log: Log;
}

const everyMs = 1_000;
const batchSizeMax = 500;

/**
 * Ends payments that nobody acted on in time, a step-up with them. Whether it is time is for the database's clock to say;
 * a callback that gets the payment's row first wins.
 */
export function startExpiry(dependencies: Dependencies): Periodic {
  const { clock, log } = dependencies;
  return startPeriodic({
    name: 'expiry',
    everyMs,
    run: () => expirePayments(dependencies),
    clock,
    log,
  });
}

export async function expirePayments({
  repository,
  log,
}: Pick<Dependencies, 'repository' | 'log'>): Promise<void> {
  for (;;) {
    const expired = await repository.expireDue(batchSizeMax);
    for (const paymentId of expired) log.info({ event: 'payment.expired', paymentId });
    if (expired.length < batchSizeMax) return;
  }
}
