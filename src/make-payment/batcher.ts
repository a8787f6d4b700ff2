import { invariant } from '../shared/errors.ts';
import { createSlots, type Slots } from './slots.ts';

interface BatcherOptions<Item, Result> {
  /**
   * Items with the same key never share a batch, nor run at the same time: one statement cannot
   * change a row twice. Absent for statements that only read.
   */
  readonly keyOf?: (item: Item) => string;
  /** For what nobody waits for: what comes sooner than this after a statement's beginning shares the next one. */
  readonly restMs?: number;
  /** Shared with other batchers, whose statements would be in each other's way; slow ones do not count. */
  readonly slots?: Slots;
  /** Runs one statement for all items; the results are in the order of the items. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly key: string | undefined;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

const batchSizeMax = 64;
const inFlightMax = 4;
/** A statement that takes longer than this no longer keeps others waiting to share the next one. */
const patienceMs = 50;

/**
 * Group commit: callers that arrive while a statement is under way share the next one, and so do
 * those of one turn of the event loop. A lone caller goes at once and alone, so an idle service adds
 * no waiting; a busy one pays one commit for many calls. Of all that share the slots only as many
 * statements are under way as there are slots, which lets more callers share each. Behind a slow
 * statement (a row that somebody holds, a connection that has gone silent) further ones go ahead. When
 * the database refuses a batch for what is in it, each item is tried once by itself, so that one bad
 * item cannot spoil its neighbours.
 */
export function createBatcher<Item, Result>(
  options: BatcherOptions<Item, Result>,
): (item: Item) => Promise<Result> {
  let queue: Waiting<Item, Result>[] = [];
  const busyKeys = new Set<string>();
  /** The batches whose statements are under way, and those of them that are not slow. */
  const inFlight = new Set<object>();
  const quick = new Set<object>();
  const slots = options.slots ?? createSlots(inFlightMax);
  let isTooSoon = false;

  function pump(): void {
    if (isTooSoon || quick.size > 0 || inFlight.size === inFlightMax) return;
    if (queue.length === 0 || !slots.take(pump)) return;
    const { batch, left } = takeBatch(queue, busyKeys);
    if (batch.length === 0) {
      slots.giveBack();
      return;
    }
    queue = left;
    if (options.restMs !== undefined) restFor(options.restMs);
    void runWatched(batch);
  }

  function restFor(ms: number): void {
    isTooSoon = true;
    setTimeout(() => {
      isTooSoon = false;
      pump();
    }, ms);
  }

  async function runWatched(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    inFlight.add(batch);
    quick.add(batch);
    const goOn = (): void => {
      if (quick.delete(batch)) slots.giveBack();
      pump();
    };
    const timer = setTimeout(goOn, patienceMs);
    await runBatch(options.run, batch);
    clearTimeout(timer);
    inFlight.delete(batch);
    for (const { key } of batch) if (key !== undefined) busyKeys.delete(key);
    goOn();
  }

  const pumpSoon = onceATurn(pump);
  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, key: options.keyOf?.(item), resolve, reject });
      pumpSoon();
    });
}

/** Calls when the turn of the event loop is over: once, however often it is asked for. */
function onceATurn(call: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    setImmediate(() => {
      asked = false;
      call();
    });
  };
}

/** The first in line whose keys are free, marked as busy from now on; the others keep their order. */
function takeBatch<Item, Result>(
  queue: readonly Waiting<Item, Result>[],
  busyKeys: Set<string>,
): { batch: Waiting<Item, Result>[]; left: Waiting<Item, Result>[] } {
  const batch: Waiting<Item, Result>[] = [];
  const left: Waiting<Item, Result>[] = [];
  for (const waiting of queue) {
    const { key } = waiting;
    if (batch.length < batchSizeMax && (key === undefined || !busyKeys.has(key))) {
      if (key !== undefined) busyKeys.add(key);
      batch.push(waiting);
    } else {
      left.push(waiting);
    }
  }
  return { batch, left };
}

async function runBatch<Item, Result>(
  run: BatcherOptions<Item, Result>['run'],
  batch: readonly Waiting<Item, Result>[],
): Promise<void> {
  try {
    const results = await run(batch.map(({ item }) => item));
    invariant(results.length === batch.length, 'a batch has one result for each item');
    batch.forEach(({ resolve }, index) => {
      resolve(results[index] as Result);
    });
  } catch (error) {
    if (batch.length > 1 && isAboutTheData(error)) {
      for (const waiting of batch) await runBatch(run, [waiting]);
    } else {
      for (const { reject } of batch) reject(error);
    }
  }
}

/** SQLSTATE classes that blame a row or a rival transaction, not the connection or the server. */
function isAboutTheData(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^(?:22|23|40|P0)/.test(code) && code.length === 5;
}
