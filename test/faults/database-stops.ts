import { pause } from './adapter.ts';
import { crowd } from './crowd.ts';
import { type Options } from './options.ts';
import { type Outcome } from './outcome.ts';
import { randomFrom } from './random.ts';
import { openVenue, startRun, type Venue } from './run.ts';
import { setStage, type Stage } from './stage.ts';
import { startTally } from './tally.ts';
import { verdictOn } from './verdict.ts';

const seedsByDefault = 8;
const load = { customers: 8, withinMs: 800 };

/**
 * The database is stopped with -m immediate while payments are made, at a random moment of each round,
 * and comes back after a while. The adapter lives on: every callback must be answered in time.
 */
export async function runDatabaseStops(_: Stage, options: Options): Promise<Outcome> {
  const tally = startTally();
  // On a database server of its own: others are not to suffer.
  const stage = await setStage({ scale: 0.2 });
  try {
    await using venue = await openVenue(stage, { name: 'stops' });
    for (let index = 0; index < (options.seeds ?? seedsByDefault); index += 1) {
      const seed = options.seed + index;
      const again = `--only database-stops --seed ${seed} --seeds 1`;
      await tally.run(`seed ${seed}`, again, () => runSeed(venue, seed));
    }
    return tally.outcome();
  } finally {
    await stage[Symbol.asyncDispose]();
  }
}

async function runSeed(venue: Venue, seed: number) {
  const { stage } = venue;
  const random = randomFrom(seed);
  const run = startRun(venue, `stops-${seed}`);
  const stopAtMs = 50 + random() * 1_200;
  const awayMs = random() * 400;
  const stopping = pause(stopAtMs).then(async () => {
    stage.stopDatabaseNow();
    await pause(awayMs);
    await stage.startDatabaseAgain();
  });
  await Promise.all([stopping, crowd(run, random, load)]);
  const found = await verdictOn(run, {
    disturbed: false,
    answerMsMax: stage.vippsPatienceMs,
    reversalMsMax: 5_000,
  });
  found.databaseStops = 1;
  return found;
}
