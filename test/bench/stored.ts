import { startTestServer } from '../support/test-server.ts';
import { median } from './figures.ts';
import { type StoredOperation, storedOperations } from './stored-operations.ts';
import { startSubject } from './stored-subject.ts';

/** What an operation costs with few and with many payments stored. */
export interface StoredFigures {
  readonly operation: string;
  readonly fewMs: number;
  readonly manyMs: number;
}

export interface StoredOptions {
  readonly few: number;
  readonly many: number;
  readonly runs: number;
}

interface Listener {
  readonly tell: (text: string) => void;
  readonly signal: AbortSignal;
}

const ratioMax = 1.2;

/**
 * Fills two databases of one server and does the same on both in turn. An operation costs the median
 * of its runs; one run before them warms both.
 */
export async function measureStored(
  { few, many, runs }: StoredOptions,
  { tell, signal }: Listener,
): Promise<readonly StoredFigures[]> {
  const server = await startTestServer(undefined);
  try {
    tell(`storing ${few} and ${many} payments, which takes minutes`);
    await using small = await startSubject(server.url, few);
    await using large = await startSubject(server.url, many);
    const ofLarge = storedOperations(large);
    const measured = storedOperations(small).map((onFew, index) => ({
      onFew,
      onMany: ofLarge[index] ?? onFew,
      costs: [] as Cost[],
    }));
    for (let run = 0; run <= runs; run += 1) {
      signal.throwIfAborted();
      for (const { onFew, onMany, costs } of measured) {
        costs[run] = await costOf(onFew, onMany, run % 2 === 1);
      }
      tell(run === 0 ? 'both are warm' : `run ${run} of ${runs}`);
    }
    return measured.map(({ onFew, costs }) => ({
      operation: onFew.name,
      fewMs: median(costs.slice(1).map(({ fewMs }) => fewMs)),
      manyMs: median(costs.slice(1).map(({ manyMs }) => manyMs)),
    }));
  } finally {
    await server.stop();
  }
}

interface Cost {
  readonly fewMs: number;
  readonly manyMs: number;
}

/** Turns about, so that neither always runs after the other. */
async function costOf(
  onFew: StoredOperation,
  onMany: StoredOperation,
  manyFirst: boolean,
): Promise<Cost> {
  const early = manyFirst ? await costMs(onMany) : undefined;
  const fewMs = await costMs(onFew);
  return { fewMs, manyMs: early ?? (await costMs(onMany)) };
}

async function costMs({ times, ready, run }: StoredOperation): Promise<number> {
  await ready?.();
  const begunMs = performance.now();
  for (let done = 0; done < times; done += 1) await run();
  return (performance.now() - begunMs) / times;
}

/** For a person, with what is aimed for beside each. */
export function storedAsText({ few, many }: StoredOptions, all: readonly StoredFigures[]): string {
  const lines = all.map(({ operation, fewMs, manyMs }) => {
    const ratio = manyMs / fewMs;
    return (
      `${operation.padEnd(26)} ${fewMs.toFixed(2).padStart(8)} ms  ${manyMs.toFixed(2).padStart(8)} ms  ` +
      `${ratio.toFixed(2)}  ${ratio <= ratioMax ? '✓' : '✗'} at most ${ratioMax}`
    );
  });
  return [`one operation with ${few} and with ${many} stored payments:`, ...lines].join('\n');
}
