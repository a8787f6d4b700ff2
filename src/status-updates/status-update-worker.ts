import { type PspApi } from '../psp-api/psp-api.ts';
import { atOnce } from '../shared/at-once.ts';
import { type Clock } from '../shared/clock.ts';
import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { type Periodic, startPeriodic } from '../shared/periodic.ts';
import { type Random } from '../shared/random.ts';
import { repeatDelayMs } from '../shared/repeat-delay.ts';
import { type BatchRepository } from './batch-repository.ts';
import { type Cutoff, type HeldLane, type LaneRepository } from './lane-repository.ts';
import { answerWithinMs } from './patience.ts';
import { type StatusUpdateSchedule } from './schedule.ts';
import { type Delays } from './send-batch.ts';
import { workLane, type WorkLaneDependencies } from './work-lane.ts';

export interface StatusUpdateTiming {
  readonly pollEveryMs: number;
  /** After so long a silence of its holder a lane is free. */
  readonly leaseMs: number;
  readonly renewEveryMs: number;
  /** How long a lane is left alone in which nothing could be sent. */
  readonly restMs: number;
  /** How long a stop waits for Vipps' answers to what is on its way. */
  readonly finishWithinMs: number;
  readonly delays: Delays;
}

export const statusUpdateTiming: StatusUpdateTiming = {
  pollEveryMs: 500,
  leaseMs: 4_000,
  renewEveryMs: 1_000,
  restMs: 1_000,
  finishWithinMs: 6_000,
  delays: { resendDelayMs: repeatDelayMs, answerWithinMs },
};

interface Dependencies {
  readonly lanes: LaneRepository;
  readonly batches: BatchRepository;
  readonly pspApi: Pick<PspApi, 'updateStatus'>;
  readonly schedule: StatusUpdateSchedule;
  readonly instanceId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly timing: StatusUpdateTiming;
}

const lanesAtOnceMax = 8;
const sendingsAtOnceMax = 16;

/** Vipps names no limit and expects thousands; a day's lines are to leave in few requests. */
const linesMaxOf = { CONTINUOUS: 1_000, DAILY: 10_000 } as const;

/**
 * Brings the outbox to Vipps. Takes free lanes that have work, goes one round through each and gives
 * it back, so that copies of the service share the lanes evenly. Looks at once when woken.
 */
export function startStatusUpdateWorker(dependencies: Dependencies): Periodic {
  const { lanes, instanceId, clock, log, timing } = dependencies;
  const rounds = createRounds(dependencies);
  const poller = startPeriodic({
    name: 'status-updates',
    everyMs: timing.pollEveryMs,
    run: () =>
      rounds.begin(() => {
        poller.wake();
      }),
    clock,
    log,
  });
  const renewer = startPeriodic({
    name: 'status-update-leases',
    everyMs: timing.renewEveryMs,
    run: async () => {
      const held = rounds.lanes();
      if (held.length > 0) await lanes.renew(instanceId, held, timing.leaseMs);
    },
    clock,
    log,
  });

  return {
    wake: () => {
      poller.wake();
    },
    [Symbol.asyncDispose]: async () => {
      rounds.beginNoMore();
      await poller[Symbol.asyncDispose]();
      await rounds.finish();
      await renewer[Symbol.asyncDispose]();
    },
  };
}

/** The rounds of this copy through the lanes that it holds. */
interface Rounds {
  /** Takes as many free lanes with work as there is room for; `over` is called after each round. */
  begin(over: () => void): Promise<void>;
  lanes(): readonly number[];
  beginNoMore(): void;
  /** Waits for Vipps' answers to what is on its way, for a while. */
  finish(): Promise<void>;
}

function createRounds(dependencies: Dependencies): Rounds {
  const { lanes, schedule, instanceId, clock, timing } = dependencies;
  const underWay = new Map<number, Promise<void>>();
  const givingUp = new AbortController();
  let pausedUntilMs = 0;

  const mayBegin = (): boolean => clock.monotonicMs() >= pausedUntilMs;
  const work: WorkLaneDependencies = {
    ...dependencies,
    linesMax: linesMaxOf[schedule.kind],
    delays: timing.delays,
    signal: givingUp.signal,
    sending: atOnce(sendingsAtOnceMax),
    mayBegin,
    pause: (ms) => {
      pausedUntilMs = Math.max(pausedUntilMs, clock.monotonicMs() + ms);
    },
  };
  const hasRoom = (): boolean => mayBegin() && underWay.size < lanesAtOnceMax;

  return {
    begin: async (over) => {
      if (!hasRoom()) return;
      const cutoff = await cutoffOf(dependencies);
      for (const lane of await lanes.withWork(cutoff)) {
        if (!hasRoom()) return;
        if (underWay.has(lane)) continue;
        const held = await lanes.take(lane, instanceId, timing.leaseMs);
        if (!held) continue;
        const round = goThrough(dependencies, work, held, cutoff).finally(() => {
          underWay.delete(lane);
          over();
        });
        underWay.set(lane, round);
      }
    },
    lanes: () => [...underWay.keys()],
    beginNoMore: () => {
      pausedUntilMs = Infinity;
    },
    finish: async () => {
      const finished = new AbortController();
      void clock.sleep(timing.finishWithinMs, finished.signal).then(() => {
        givingUp.abort();
      });
      while (underWay.size > 0) await Promise.all(underWay.values());
      finished.abort();
    },
  };
}

async function goThrough(
  { lanes, log, timing }: Dependencies,
  work: WorkLaneDependencies,
  held: HeldLane,
  cutoff: Cutoff,
): Promise<void> {
  try {
    const sent = await workLane(work, held, cutoff);
    await lanes.release(held, sent ? 0 : timing.restMs);
  } catch (error) {
    // Not given back, it is free again when the lease has run out.
    const { lane } = held;
    log.warn({ event: 'status-update.lane-failed', lane, reason: messageOf(error) });
  }
}

async function cutoffOf({ schedule, lanes, clock }: Dependencies): Promise<Cutoff> {
  return schedule.kind === 'CONTINUOUS' ? 'infinity' : lanes.latest(schedule.at, clock.now());
}
