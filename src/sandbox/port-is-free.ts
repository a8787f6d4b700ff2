import { setTimeout as pause } from 'node:timers/promises';
import { listen } from '../http/listener.ts';

const triesMax = 30;
const betweenTriesMs = 100;

/**
 * Waits until nobody listens on the port: a program that a killed sandbox left behind ends by itself,
 * but needs a moment for that.
 *
 * @throws {ListenFailed} naming the variable, when it stays taken for three seconds.
 */
export async function untilPortIsFree(place: {
  readonly port: number;
  readonly portVariable: string;
}): Promise<void> {
  if (place.port === 0) return;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const listener = await listen({ host: '127.0.0.1', ...place });
      await listener.close(0);
      return;
    } catch (error) {
      if (attempt === triesMax) throw error;
      await pause(betweenTriesMs);
    }
  }
}

/** Whether nobody listens on the port at this moment. */
export async function isPortFree(port: number): Promise<boolean> {
  try {
    const listener = await listen({ host: '127.0.0.1', port, portVariable: '' });
    await listener.close(0);
    return true;
  } catch {
    return false;
  }
}
