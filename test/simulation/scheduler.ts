import { setImmediate } from 'node:timers/promises';
import { type Dice } from './dice.ts';

/** Something that happens later, unless it is called off. */
export interface Planned {
  readonly atMs: number;
  readonly tieBreak: number;
  run: (() => void) | undefined;
}

/** Simulated time: one event after the other, those of one moment in an order that the dice decide. */
export interface Scheduler {
  /** Milliseconds since the beginning of the run. */
  nowMs(): number;
  after(ms: number, run: () => void): Planned;
  /** The next event and all that follows from it at once; false when nothing is planned until then. */
  step(untilMs: number): Promise<boolean>;
  /** How many events there were. */
  steps(): number;
}

export function createScheduler(dice: Dice): Scheduler {
  const heap: Planned[] = [];
  let nowMs = 0;
  let steps = 0;
  return {
    nowMs: () => nowMs,
    steps: () => steps,
    after: (ms, run) => {
      const planned = { atMs: nowMs + Math.max(0, ms), tieBreak: dice.roll(), run };
      push(heap, planned);
      return planned;
    },
    step: async (untilMs) => {
      for (;;) {
        const next = heap[0];
        if (next === undefined || next.atMs > untilMs) return false;
        pop(heap);
        const { run } = next;
        if (run === undefined) continue;
        nowMs = next.atMs;
        steps += 1;
        run();
        // All promises that can be kept now are kept before the turn comes back.
        await setImmediate();
        return true;
      }
    },
  };
}

function isSooner(left: Planned, right: Planned): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.tieBreak < right.tieBreak);
}

function push(heap: Planned[], planned: Planned): void {
  let place = heap.length;
  heap.push(planned);
  while (place > 0) {
    const above = (place - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !isSooner(planned, parent)) break;
    heap[place] = parent;
    place = above;
  }
  heap[place] = planned;
}

function pop(heap: Planned[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let place = 0;
  for (;;) {
    const left = 2 * place + 1;
    const [one, other] = [heap[left], heap[left + 1]];
    const isRight = one !== undefined && other !== undefined && isSooner(other, one);
    const child = isRight ? other : one;
    if (child === undefined || !isSooner(child, last)) break;
    heap[place] = child;
    place = isRight ? left + 1 : left;
  }
  heap[place] = last;
}
