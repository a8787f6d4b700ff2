import { type Heartbeat } from '../instances/heartbeat.ts';
import { createBatchRepository } from '../status-updates/batch-repository.ts';
import { createLaneRepository } from '../status-updates/lane-repository.ts';
import {
  startStatusUpdateWorker,
  statusUpdateTiming,
} from '../status-updates/status-update-worker.ts';
import { createStuckUpdateRepository } from '../status-updates/stuck-update-repository.ts';
import { type AdapterSettings, type Parts } from './parts.ts';

type StatusUpdateParts = Pick<Parts, 'database' | 'pspApi' | 'clock' | 'log'> & {
  readonly settings: Pick<AdapterSettings, 'statusUpdateSchedule'>;
};

/** The outbox to Vipps. */
export function composeStatusUpdates(
  parts: StatusUpdateParts,
  heartbeat: Pick<Heartbeat, 'instanceId'>,
) {
  const { database, pspApi, clock, log, settings } = parts;
  const worker = startStatusUpdateWorker({
    lanes: createLaneRepository(database.hot),
    batches: createBatchRepository(database.hot),
    pspApi,
    schedule: settings.statusUpdateSchedule,
    instanceId: heartbeat.instanceId,
    clock,
    log,
    timing: statusUpdateTiming,
  });
  return {
    workers: [worker],
    /** For the back office. */
    stuckUpdates: createStuckUpdateRepository(database.hot),
    /** For whoever has committed an update: have it sent at once. */
    enqueued: () => {
      worker.wake();
    },
  };
}
