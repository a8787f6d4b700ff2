import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Simulated } from '../simulation/simulate.ts';

export interface Seeds {
  readonly from: number;
  readonly every: number;
  readonly below: number;
  readonly each: (seed: number, found: Simulated) => void;
  /** The built simulation to run; this one's own unless another is given. */
  readonly program?: URL;
  /** Whether to end at the first seed that finds something. */
  readonly untilFound?: boolean;
}

/** Runs seeds of the simulation in a thread of their own. */
export async function runSeeds(seeds: Seeds): Promise<void> {
  const { from, every, below, each, untilFound = false } = seeds;
  const program = seeds.program ?? new URL('../simulation/seeds-worker.js', import.meta.url);
  const worker = new Worker(program, { workerData: { from, every, below, untilFound } });
  worker.on('message', ({ seed, found }: { seed: number; found: Simulated }) => {
    each(seed, found);
  });
  // A fault of the simulation itself rejects this.
  const [exitCode] = (await once(worker, 'exit')) as [number];
  if (exitCode !== 0) throw new Error(`The simulation ended with ${exitCode}`);
}
