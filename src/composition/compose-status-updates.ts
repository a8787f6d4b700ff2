import { type Heartbeat } from '../instances/heartbeat.ts';
import {
  startStatusUpdateWorker,
  statusUpdateTiming,
} from '../status-updates/status-update-worker.ts';
import { type AdapterSettings, type DeedParts } from './parts.ts';
import { type Stores } from './stores.ts';

type StatusUpdateParts = Pick<DeedParts, 'pspApi' | 'clock' | 'random' | 'log'> & {
  readonly stores: Pick<Stores, 'lanes' | 'batches'>;
  readonly settings: Pick<AdapterSettings, 'statusUpdateSchedule'>;
};

/** The outbox to Vipps. */
export function composeStatusUpdates(
  parts: StatusUpdateParts,
  heartbeat: Pick<Heartbeat, 'instanceId'>,
) {
  const { stores, pspApi, clock, random, log, settings } = parts;
  const worker = startStatusUpdateWorker({
    lanes: stores.lanes,
    batches: stores.batches,
    pspApi,
    schedule: settings.statusUpdateSchedule,
    instanceId: heartbeat.instanceId,
    clock,
    random,
    log,
    timing: statusUpdateTiming,
  });
  return {
    workers: [worker],
    /** For whoever has committed an update: have it sent at once. */
    enqueued: () => {
      worker.wake();
    },
  };
}
