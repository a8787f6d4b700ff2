/** A thread that runs seeds of the simulation and says of each what it found. */
import { parentPort, workerData } from 'node:worker_threads';
import { simulate } from './simulate.ts';

interface Order {
  readonly from: number;
  readonly every: number;
  readonly below: number;
  readonly untilFound: boolean;
}

const { from, every, below, untilFound } = workerData as Order;
for (let seed = from; seed < below; seed += every) {
  const found = await simulate(seed);
  parentPort?.postMessage({ seed, found });
  if (untilFound && found.violations.length > 0) break;
}
