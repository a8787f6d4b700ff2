/**
 * `npm run test:faults`: kills the real program at every point and at any moment, takes its database
 * away, and asks the simulated acquirer's own books and the simulated Vipps what came of it. Prints
 * figures; the last line is `N passed, N failed`.
 */
import { runDatabaseHangs } from './database-hangs.ts';
import { runDatabaseStops } from './database-stops.ts';
import { runDeadlines } from './deadlines.ts';
import { addFigures, linesOf, noFigures } from './figures.ts';
import { runHostile } from './hostile.ts';
import { runKeyRotation } from './key-rotation.ts';
import { runMatrix } from './matrix.ts';
import { runMutants } from './mutants.ts';
import { type Options, type ProgramName, readOptions } from './options.ts';
import { type Outcome } from './outcome.ts';
import { runRandomKills } from './random-kills.ts';
import { runSimulation } from './simulation.ts';
import { setStage, type Stage } from './stage.ts';
import { runThreeCopies } from './three-copies.ts';

interface Runner {
  /** The share of the true deadlines that it runs at. */
  readonly scale: number;
  /** It mostly waits: the others run at the same time, and give way to it. */
  readonly beside?: boolean;
  readonly run: (stage: Stage, options: Options) => Promise<Outcome>;
}

/** In one process, on simulated time: they need no stage. */
const simulations = [
  ['simulation', runSimulation],
  ['mutants', runMutants],
] as const;

type StagedName = Exclude<ProgramName, (typeof simulations)[number][0]>;

const runners: Readonly<Record<StagedName, Runner>> = {
  deadlines: { scale: 1, beside: true, run: runDeadlines },
  matrix: { scale: 0.2, run: runMatrix },
  'random-kills': { scale: 0.2, run: runRandomKills },
  'database-stops': { scale: 0.2, run: runDatabaseStops },
  'database-hangs': { scale: 1, run: runDatabaseHangs },
  'three-copies': { scale: 1, run: runThreeCopies },
  'key-rotation': { scale: 1, run: runKeyRotation },
  hostile: { scale: 0.2, run: runHostile },
};

async function main(options: Options): Promise<number> {
  const staged = options.only.filter((name): name is StagedName => name in runners);
  const isBeside = (name: StagedName): boolean => runners[name].beside === true;
  const beside = staged.filter(isBeside).map((name) => runOnStage([name], options));
  const outcomes: Outcome[] = [];
  for (const [name, run] of simulations) {
    if (options.only.includes(name)) outcomes.push(await timed(name, () => run(options)));
  }
  for (const scale of [0.2, 1]) {
    const names = staged.filter((name) => runners[name].scale === scale && !isBeside(name));
    outcomes.push(...(await runOnStage(names, options)));
  }
  outcomes.push(...(await Promise.all(beside)).flat());

  const figures = noFigures();
  for (const outcome of outcomes) addFigures(figures, outcome.figures);
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
  console.log('\nall together');
  for (const line of linesOf(figures)) console.log(`  ${line}`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

/** One after another, on a stage of their own. */
async function runOnStage(
  names: readonly StagedName[],
  options: Options,
): Promise<readonly Outcome[]> {
  const [first] = names;
  if (first === undefined) return [];
  const stage = await setStage({ scale: runners[first].scale });
  try {
    const outcomes: Outcome[] = [];
    for (const name of names) {
      outcomes.push(await timed(name, () => runners[name].run(stage, options), stage));
    }
    return outcomes;
  } finally {
    await stage[Symbol.asyncDispose]();
  }
}

async function timed(
  name: ProgramName,
  run: () => Promise<Outcome>,
  stage?: Stage,
): Promise<Outcome> {
  const startedAtMs = Date.now();
  const outcome = await run();
  const endedAtMs = Date.now();
  console.log(`\n${name}`);
  for (const line of linesOf(outcome.figures)) console.log(`  ${line}`);
  if (stage) {
    const lateMs = stage.probe.lateMsMax(startedAtMs, endedAtMs);
    console.log(`  the machine kept others waiting, ms at the most: ${lateMs}`);
  }
  const seconds = Math.round((endedAtMs - startedAtMs) / 1_000);
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
