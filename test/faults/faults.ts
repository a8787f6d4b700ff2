/**
 * `npm run test:faults`: kills the real program at every point and at any moment, takes its database
 * away, and asks the simulated acquirer's own books and the simulated Vipps what came of it. Prints
 * figures; the last line is `N passed, N failed`.
 */
import { runDatabaseStops } from './database-stops.ts';
import { runDeadlines } from './deadlines.ts';
import { addFigures, linesOf, noFigures } from './figures.ts';
import { runHostile } from './hostile.ts';
import { runKeyRotation } from './key-rotation.ts';
import { runMatrix } from './matrix.ts';
import { type Options, type ProgramName, readOptions } from './options.ts';
import { type Outcome } from './outcome.ts';
import { runRandomKills } from './random-kills.ts';
import { setStage, type Stage } from './stage.ts';
import { runThreeCopies } from './three-copies.ts';

type Program = (stage: Stage, options: Options) => Promise<Outcome>;

/** Each with the share of the true deadlines that it runs at. */
const runners: Readonly<Record<ProgramName, { readonly scale: number; readonly run: Program }>> = {
  matrix: { scale: 0.2, run: runMatrix },
  'random-kills': { scale: 0.2, run: runRandomKills },
  'database-stops': { scale: 0.2, run: runDatabaseStops },
  'three-copies': { scale: 1, run: runThreeCopies },
  'key-rotation': { scale: 1, run: runKeyRotation },
  deadlines: { scale: 1, run: runDeadlines },
  hostile: { scale: 0.2, run: runHostile },
};

async function main(options: Options): Promise<number> {
  const total = { passed: 0, failed: 0, figures: noFigures() };
  for (const scale of [0.2, 1]) {
    const chosen = options.only.filter((name) => runners[name].scale === scale);
    if (chosen.length === 0) continue;
    const stage = await setStage({ scale });
    try {
      for (const name of chosen) {
        const outcome = await timed(name, () => runners[name].run(stage, options));
        total.passed += outcome.passed;
        total.failed += outcome.failed;
        addFigures(total.figures, outcome.figures);
      }
    } finally {
      await stage[Symbol.asyncDispose]();
    }
  }
  console.log('\nall together');
  for (const line of linesOf(total.figures)) console.log(`  ${line}`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

async function timed(name: ProgramName, run: () => Promise<Outcome>): Promise<Outcome> {
  console.log(`\n${name}`);
  const startedMs = performance.now();
  const outcome = await run();
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  for (const line of linesOf(outcome.figures)) console.log(`  ${line}`);
  console.log(`  ${outcome.passed} passed, ${outcome.failed} failed, in ${seconds} s`);
  return outcome;
}

const exitCode = await main(readOptions(process.argv.slice(2))).catch((error: unknown) => {
  console.error(error);
  console.log('0 passed, 1 failed');
  return 1;
});
// A case that failed half-way may have left something running.
process.exit(exitCode);
