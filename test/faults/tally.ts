import { type Outcome } from './faults.ts';
import { addFigures, type Figures, noFigures } from './figures.ts';

/** Counts cases as they end, and says of each that failed how to repeat it. */
export interface Tally {
  readonly figures: Figures;
  count(name: string, found: Figures, again: string): void;
  outcome(): Outcome;
}

const violationsShownMax = 5;

export function startTally(): Tally {
  const figures = noFigures();
  let passed = 0;
  let failed = 0;
  return {
    figures,
    count: (name, found, again) => {
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
    },
    outcome: () => ({ passed, failed, figures }),
  };
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
