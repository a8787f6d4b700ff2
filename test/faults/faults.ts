/**
 * `npm run test:faults`: kills the real program at every point and at any moment, takes its database
 * away, and asks the simulated acquirer's own books and the simulated Vipps what came of it. Prints
 * figures; the last line is `N passed, N failed`.
 */
import { addFigures, linesOf, noFigures, type Figures } from './figures.ts';
import { runMatrix } from './matrix.ts';
import { type Options, type ProgramName, readOptions } from './options.ts';
import { setStage, type Stage } from './stage.ts';

/** What a program came to: its cases by the outcome, and their figures. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly figures: Figures;
}

type Program = (stage: Stage, options: Options) => Promise<Outcome>;

const atATenth: Partial<Record<ProgramName, Program>> = {
  matrix: runMatrix,
};

async function main(options: Options): Promise<number> {
  const total = { passed: 0, failed: 0, figures: noFigures() };
  const run = async (name: ProgramName, program: Program, stage: Stage): Promise<void> => {
    const startedMs = performance.now();
    const { passed, failed, figures } = await program(stage, options);
    total.passed += passed;
    total.failed += failed;
    addFigures(total.figures, figures);
    const seconds = Math.round((performance.now() - startedMs) / 1_000);
    console.log(`\n${name}: ${passed} passed, ${failed} failed, ${seconds} s`);
    for (const line of linesOf(figures)) console.log(`  ${line}`);
  };

  const stage = await setStage({ scale: 0.1 });
  try {
    for (const name of options.only) {
      const program = atATenth[name];
      if (program) await run(name, program, stage);
    }
  } finally {
    await stage[Symbol.asyncDispose]();
  }
  console.log('\nall together');
  for (const line of linesOf(total.figures)) console.log(`  ${line}`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

process.exitCode = await main(readOptions(process.argv.slice(2))).catch((error: unknown) => {
  console.error(error);
  console.log('0 passed, 1 failed');
  return 1;
});
