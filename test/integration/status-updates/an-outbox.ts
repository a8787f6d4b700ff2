import { randomUUID } from 'node:crypto';
import { type Database } from '../../../src/database/database.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { silentLog } from '../../../src/shared/log.ts';
import { systemRandom } from '../../../src/shared/random.ts';
import { createBatchRepository } from '../../../src/status-updates/batch-repository.ts';
import { createLaneRepository } from '../../../src/status-updates/lane-repository.ts';
import {
  startStatusUpdateWorker,
  type StatusUpdateTiming,
} from '../../../src/status-updates/status-update-worker.ts';

type Dependencies = Parameters<typeof startStatusUpdateWorker>[0];

/** Quick enough for tests, in the proportions of the real ones. */
export const testTiming: StatusUpdateTiming = {
  pollEveryMs: 20,
  leaseMs: 800,
  renewEveryMs: 200,
  restMs: 20,
  finishWithinMs: 2_000,
  delays: { resendDelayMs: (attempt) => 20 * attempt, answerWithinMs: () => 300 },
};

/** A sender on the database. */
export function anOutbox(
  database: Database,
  traits: Pick<Dependencies, 'pspApi'> & Partial<Dependencies>,
) {
  return startStatusUpdateWorker({
    lanes: createLaneRepository(database.hot),
    batches: createBatchRepository(database.hot),
    schedule: { kind: 'CONTINUOUS' },
    instanceId: randomUUID(),
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    timing: testTiming,
    ...traits,
  });
}
