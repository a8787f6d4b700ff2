import { type Simulated } from '../simulation/simulate.ts';
import { addFigures, noFigures, spread } from './figures.ts';
import { type Options } from './options.ts';
import { type Outcome } from './outcome.ts';
import { runSeeds } from './seeds.ts';
import { startTally } from './tally.ts';

const seedsOfOneRun = 2_000;
const processes = 2;

/** Random lives of payments on simulated time, thousands of them, each from a seed that repeats it. */
export async function runSimulation(options: Options): Promise<Outcome> {
  const { seed: from, seeds = seedsOfOneRun } = options;
  const tally = startTally();
  const sums = { steps: 0, freezes: 0, reports: 0, lostOnTheWay: 0 };
  const each = (seed: number, found: Simulated): void => {
    for (const name of ['steps', 'freezes', 'reports', 'lostOnTheWay'] as const)
      sums[name] += found[name];
    const figures = noFigures();
    const { payments, callbacks, kills, approvals, orphans, deliveredThenReversed } = found;
    Object.assign(figures, {
      payments,
      callbacks,
      kills,
      approvals,
      orphans,
      deliveredThenReversed,
    });
    addFigures(figures, {
      ...noFigures(),
      answersMs: found.answersMs,
      violations: found.violations,
    });
    figures.reversalDelaysMs.push(...found.reversalDelaysMs);
    tally.count(`seed ${seed}`, figures, `--only simulation --seeds 1 --seed ${seed}`);
  };
  const width = Math.min(processes, seeds);
  await Promise.all(
    Array.from({ length: width }, (_, place) =>
      runSeeds({ from: from + place, every: width, below: from + seeds, each }),
    ),
  );
  console.log(
    `  ${seeds} seeds, ${sums.steps} steps, ${sums.freezes} pauses, ${sums.reports} reports`,
  );
  console.log(`  OK that left and never arrived: ${sums.lostOnTheWay}`);
  console.log(`  reversal delay in simulated ms: ${spread(tally.figures.reversalDelaysMs)}`);
  return tally.outcome();
}
