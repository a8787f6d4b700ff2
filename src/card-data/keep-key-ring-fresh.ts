import { type Clock } from '../shared/clock.ts';
import { type KeyRing } from './key-ring.ts';

const lookEveryMs = 5_000;

/**
 * Looks for added and retired keys every five seconds until the signal aborts, so that keys are
 * rotated without a restart. Never throws. Looks rather than listens: file system events do not
 * come through from mounted secrets and network drives.
 */
export async function keepKeyRingFresh(
  keyRing: Pick<KeyRing, 'reload'>,
  clock: Pick<Clock, 'sleep'>,
  signal: AbortSignal,
): Promise<void> {
  await clock.sleep(lookEveryMs, signal);
  while (!signal.aborted) {
    await keyRing.reload();
    await clock.sleep(lookEveryMs, signal);
  }
}
