import { type Adapter, pause } from './adapter.ts';
import { crowd } from './crowd.ts';
import { type Figures } from './figures.ts';
import { type Options } from './options.ts';
import { type Outcome } from './outcome.ts';
import { randomFrom } from './random.ts';
import { openVenue, type Run, startRun, type Venue } from './run.ts';
import { setStage, type Stage } from './stage.ts';
import { approved, authorised, nok, StoryCutShort } from './stories/story.ts';
import { startTally } from './tally.ts';
import { verdictOn } from './verdict.ts';

const seedsByDefault = 8;
const load = { customers: 8, withinMs: 800 };

/**
 * The database is stopped with -m immediate while payments are made: at a random moment of each round,
 * and right before and after each commit of a payment. It comes back after a while. The adapter lives
 * on: every callback must be answered in time.
 */
export async function runDatabaseStops(_: Stage, options: Options): Promise<Outcome> {
  const tally = startTally();
  // On a database server of its own: others are not to suffer.
  await using stage = await setStage({ scale: 0.2 });
  await using venue = await openVenue(stage, { name: 'stops', armed: true });
  const seeds = { options, byDefault: seedsByDefault };
  await tally.runSeeds('database-stops', seeds, (seed) => runSeed(venue, seed));
  for (const [index, [point, play]] of moments.entries()) {
    if (!point.includes(options.point ?? '')) continue;
    const again = `--only database-stops --seeds 0 --point ${point}`;
    await tally.run(point, again, async () => {
      for (let tries = 1; ; tries += 1) {
        const run = startRun(venue, `moment-${index}-${tries}`);
        const { found, stood } = await runMoment(run, point, play);
        if (stood || found.violations.length > 0) return found;
        // The last stop was still felt, and the payment did not come that far.
        if (tries < triesMax) continue;
        found.violations.push(`${point} was not passed`);
        return found;
      }
    });
  }
  tally.figures.points = moments.length;
  return tally.outcome();
}

async function runSeed(venue: Venue, seed: number): Promise<Figures> {
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
  return verdictAfterStop(run);
}

type Play = (run: Run) => Promise<void>;

const capture: Play = async (run) => {
  const { path } = await authorised(run);
  await run.merchant.post(`${path}/capture`, nok(10_000));
};

/** Each commit of a payment, of a capture and of its report, before it and after it. */
const moments = (
  [
    ['initiation-conclude', approved],
    ['leg-open', approved],
    ['leg-decide', approved],
    ['leg-deliver', approved],
    ['idempotency-claim', capture],
    ['modification-settle', capture],
    ['lane-take', capture],
    ['batch-form', capture],
    ['batch-accept', capture],
  ] as const
).flatMap(([commit, play]) =>
  ['before', 'after'].map((side) => [`commit.${commit}:${side}`, play] as const),
);

const awayMs = 200;
const wakeEveryMs = 20;
const triesMax = 3;

/** The adapter stands still at the point while the database goes away, and finds it gone. */
async function runMoment(run: Run, point: string, play: Play) {
  const { adapter, stage } = run;
  adapter.order(`stop:${point}#1`);
  const playing = play(run).catch((error: unknown) => {
    if (!(error instanceof StoryCutShort)) throw error;
  });
  const stood = await untilOrderIsDone(adapter);
  if (stood) {
    stage.stopDatabaseNow();
    // The order is done a moment before the process stands still.
    const waking = setInterval(() => {
      adapter.kill('SIGCONT');
    }, wakeEveryMs);
    await pause(awayMs);
    await stage.startDatabaseAgain();
    await playing.finally(() => {
      clearInterval(waking);
    });
  }
  await playing;
  run.adapter.order('');
  return { found: await verdictAfterStop(run), stood };
}

const standMsMax = 10_000;

async function untilOrderIsDone(adapter: Adapter): Promise<boolean> {
  const untilMs = performance.now() + standMsMax;
  while (!adapter.orderIsDone()) {
    if (performance.now() > untilMs) return false;
    await pause(10);
  }
  return true;
}

async function verdictAfterStop(run: Run): Promise<Figures> {
  const found = await verdictOn(run, {
    disturbed: false,
    answerMsMax: run.stage.vippsPatienceMs,
    reversalMsMax: 5_000,
  });
  found.databaseStops = 1;
  return found;
}
