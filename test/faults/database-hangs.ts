import { pause } from './adapter.ts';
import { type Figures } from './figures.ts';
import { type Options } from './options.ts';
import { type Outcome } from './outcome.ts';
import { randomFrom } from './random.ts';
import { openVenue, type Run, startRun, type Venue } from './run.ts';
import { setStage, type Stage } from './stage.ts';
import { startTally } from './tally.ts';
import { verdictOn } from './verdict.ts';

const seedsByDefault = 12;
const payments = 60;
const oneEveryMs = 60;
const amount = 10_000;
/** Less than it takes until a copy may be believed dead, with what a beat and the machine take. */
const hangMs = { min: 900, max: 2_200 };
const hangsWithinMs = 1_500;

/**
 * Every process of the database stands still for a moment while payments are made, as behind a disk or
 * a switch that hangs: nothing fails, all of it is only late. At the true deadlines nobody may lose a
 * payment by that.
 */
export async function runDatabaseHangs(_: Stage, options: Options): Promise<Outcome> {
  const tally = startTally();
  // On a database server of its own: others are not to suffer.
  await using stage = await setStage({ scale: 1 });
  await using venue = await openVenue(stage, { name: 'hangs' });
  const seeds = { options, byDefault: seedsByDefault };
  await tally.runSeeds('database-hangs', seeds, (seed) => runSeed(venue, seed));
  return tally.outcome();
}

async function runSeed(venue: Venue, seed: number): Promise<Figures> {
  const { stage } = venue;
  const random = randomFrom(seed);
  const run = startRun(venue, `hangs-${seed}`);
  const beginMs = random() * hangsWithinMs;
  const forMs = hangMs.min + random() * (hangMs.max - hangMs.min);
  const hanging = pause(beginMs).then(() => stage.whileDatabaseHangs(() => pause(forMs)));
  const [states] = await Promise.all([buy(run), hanging]);
  const found = await verdictOn(run, {
    disturbed: false,
    answerMsMax: stage.vippsPatienceMs,
    reversalMsMax: 5_000,
  });
  found.databaseHangs = 1;
  for (const state of states) {
    if (state === 'AUTHORIZED') continue;
    found.violations.push(
      `${state} after a hang of ${Math.round(forMs)} ms, where all was approved`,
    );
  }
  return found;
}

/** Payments that everybody approves, at a steady rate, and what became of them. */
async function buy(run: Run): Promise<readonly string[]> {
  return Promise.all(
    Array.from({ length: payments }, async (_, index) => {
      await pause(index * oneEveryMs);
      const payment = await run.create(amount);
      if (payment === undefined) return 'NOT CREATED';
      await run.approve(payment);
      return run.untilDecided(payment);
    }),
  );
}
