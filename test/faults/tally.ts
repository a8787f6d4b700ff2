import { addFigures, type Figures, noFigures } from './figures.ts';
import { type Options, type ProgramName } from './options.ts';
import { type Outcome } from './outcome.ts';

/** Counts cases as they end, and says of each that failed how to repeat it. */
export interface Tally {
  readonly figures: Figures;
  count(name: string, found: Figures, again: string): void;
  /** The same for a case that is still to be run; that it could not be run is a failure like others. */
  run(name: string, again: string, work: () => Promise<Figures>): Promise<void>;
  /** The same for each seed in turn. */
  runSeeds(
    name: ProgramName,
    seeds: Seeds,
    work: (seed: number) => Promise<Figures>,
  ): Promise<void>;
  outcome(): Outcome;
}

interface Seeds {
  readonly options: Options;
  readonly byDefault: number;
}

const violationsShownMax = 5;
/** What takes so long makes the whole run long. */
const slowFromSeconds = 25;

export function startTally(): Tally {
  const figures = noFigures();
  let passed = 0;
  let failed = 0;
  const count: Tally['count'] = (name, found, again) => {
    figures.runs += 1;
    addFigures(figures, found);
    if (found.violations.length === 0) {
      passed += 1;
      return;
    }
    failed += 1;
    for (const violation of found.violations.slice(0, violationsShownMax)) {
      console.log(`  VIOLATION ${name}: ${violation}`);
    }
    console.log(`  again: npm run test:faults -- ${again}`);
  };
  const tally: Tally = {
    figures,
    count,
    run: async (name, again, work) => {
      const startedMs = performance.now();
      const found = await work().catch((error: unknown) => ({
        ...noFigures(),
        violations: [`it could not be run: ${String((error as Error).stack)}`],
      }));
      count(name, found, again);
      const seconds = Math.round((performance.now() - startedMs) / 1_000);
      if (seconds >= slowFromSeconds) console.log(`  slow: ${name}, ${seconds} s`);
    },
    runSeeds: async (name, { options, byDefault }, work) => {
      for (let index = 0; index < (options.seeds ?? byDefault); index += 1) {
        const seed = options.seed + index;
        const again = `--only ${name} --seed ${seed} --seeds 1`;
        await tally.run(`seed ${seed}`, again, () => work(seed));
      }
    },
    outcome: () => ({ passed, failed, figures }),
  };
  return tally;
}

/** So many at a time. Nobody's failure stops the others. */
export async function inParallel<Item>(
  width: number,
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}
