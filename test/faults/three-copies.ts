import { type Adapter, pause } from './adapter.ts';
import { crowd } from './crowd.ts';
import { type Options } from './options.ts';
import { type Outcome } from './outcome.ts';
import { randomFrom } from './random.ts';
import { openVenue, serves, startRun } from './run.ts';
import { type Stage } from './stage.ts';
import { startTally } from './tally.ts';
import { verdictOn } from './verdict.ts';

const load = { customers: 160, withinMs: 20_000 };
const killEveryMs = 1_000;

/** One that serves, as long as another serves too: on a slow machine copies take their time to start. */
function killOne(copies: readonly Adapter[], random: () => number): void {
  const serving = copies.filter(serves);
  if (serving.length > 1) serving[Math.floor(random() * serving.length)]?.kill();
}

/** Three copies on one database, one of them killed each second, under load. */
export async function runThreeCopies(stage: Stage, options: Options): Promise<Outcome> {
  const tally = startTally();
  const { seed } = options;
  const random = randomFrom(seed);
  // Copies that start while others work need more than a tenth of the time.
  await using venue = await openVenue(stage, {
    name: 'copies',
    copies: 3,
    env: { ACQUIRER_PROCESSING_MAX_MS: '3000' },
  });
  const run = startRun(venue, `copies-${seed}`);
  const over = new AbortController();
  const killing = (async () => {
    while (!over.signal.aborted) {
      killOne(venue.copies, random);
      await pause(killEveryMs);
    }
  })();
  await crowd(run, random, load);
  over.abort();
  await killing;
  const found = await verdictOn(run, {
    disturbed: true,
    answerMsMax: 13_500,
    reversalMsMax: 5_000,
  });
  tally.count(`seed ${seed}`, found, `--only three-copies --seed ${seed}`);
  return tally.outcome();
}
