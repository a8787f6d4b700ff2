import { type Clock } from '../shared/clock.ts';
import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { type Random } from '../shared/random.ts';
import { type InstanceRepository } from './instance-repository.ts';
import { createPulse, type Pulse, type PulseTiming } from './pulse.ts';

/**
 * Tells the other copies of the service that this one lives. What it works on is left alone while
 * it beats; after `silentMsMax` of silence others take its work over.
 */
export interface Heartbeat extends Pulse, AsyncDisposable {
  readonly instanceId: string;
  /**
   * Calls the listener whenever there may be something to take over: when this copy has come to be
   * allowed to, when another has just been silent for too long, and a few times in the second after,
   * because what that one began last may not be taken before it is as old itself.
   */
  onSilence(listener: () => void): void;
}

export const heartbeatTiming: PulseTiming = {
  everyMs: 1_000,
  youngMsMax: 2_000,
  silentMsMax: 3_000,
};

/** A beat that hangs is given up soon after the second one has begun. */
const beatsAtATime = 2;

interface Dependencies {
  readonly repository: InstanceRepository;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly timing: PulseTiming;
}

export async function startHeartbeat(dependencies: Dependencies): Promise<Heartbeat> {
  const { repository, clock, random, log, timing } = dependencies;
  const instanceId = random.uuid();
  const stopping = new AbortController();
  const silence = createSilence(dependencies, stopping.signal);
  const pulse = createPulse(clock, timing);

  async function beat(): Promise<void> {
    // The age counts from before the statement: the row cannot be older than that.
    const begunMs = clock.monotonicMs();
    try {
      const nextSilenceMs = await repository.beat(instanceId, timing.silentMsMax);
      if (pulse.beatAt(begunMs).mayTakeOverNow) silence.tell();
      // Who beats as it should is two beats away from that.
      if (nextSilenceMs !== undefined && nextSilenceMs <= timing.everyMs)
        void silence.tellIn(nextSilenceMs);
    } catch (error) {
      pulse.missed();
      log.warn({ event: 'heartbeat.failed', instanceId, reason: messageOf(error) });
    }
  }

  /** A beat that is slow, or was lost on a dead connection, does not keep the next from going out. */
  async function beatOn(): Promise<void> {
    const underWay = new Set<Promise<void>>();
    for (;;) {
      await clock.sleep(timing.everyMs, stopping.signal);
      if (stopping.signal.aborted) break;
      if (underWay.size >= beatsAtATime) continue;
      const begun = beat().finally(() => underWay.delete(begun));
      underWay.add(begun);
    }
    await Promise.all(underWay);
  }

  await beat();
  await repository.forgetLongSilent();
  const beating = beatOn();
  return {
    ...pulse,
    instanceId,
    onSilence: silence.listen,
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await beating;
      await repository.leave(instanceId).catch((error: unknown) => {
        log.warn({ event: 'heartbeat.leave-failed', instanceId, reason: messageOf(error) });
      });
    },
  };
}

const tellingsASecond = 4;

/** Tells whoever takes work over that there may be some. */
function createSilence(
  { clock, timing }: Pick<Dependencies, 'clock' | 'timing'>,
  stopping: AbortSignal,
) {
  const listeners: (() => void)[] = [];
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  return {
    listen: (listener: () => void) => void listeners.push(listener),
    tell,
    tellIn: async (inMs: number): Promise<void> => {
      await clock.sleep(inMs, stopping);
      for (let times = 0; times <= tellingsASecond && !stopping.aborted; times += 1) {
        tell();
        await clock.sleep(timing.everyMs / tellingsASecond, stopping);
      }
    },
  };
}
