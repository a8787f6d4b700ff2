import { type Adapter, pause } from './adapter.ts';
import { crowd } from './crowd.ts';
import { type Figures } from './figures.ts';
import { type Lanes, openLanes } from './lanes.ts';
import { type Options } from './options.ts';
import { type Outcome } from './outcome.ts';
import { randomFrom } from './random.ts';
import { type Run } from './run.ts';
import { type Stage } from './stage.ts';
import { inParallel, startTally } from './tally.ts';
import { verdictOn } from './verdict.ts';

const seedsByDefault = 9;
const load = { customers: 12, withinMs: 2_500 };
const strokesMax = 3;

/** A stranger who knows no points: ends or stops the process at random moments, under load. */
export async function runRandomKills(stage: Stage, options: Options): Promise<Outcome> {
  const tally = startTally();
  const seeds = Array.from(
    { length: options.seeds ?? seedsByDefault },
    (_, index) => options.seed + index,
  );
  await using lanes = openLanes(stage);
  await inParallel(options.parallel, seeds, async (seed) => {
    const again = `--only random-kills --seed ${seed} --seeds 1`;
    await tally.run(`seed ${seed}`, again, () => runSeed(lanes, seed));
  });
  return tally.outcome();
}

function runSeed(lanes: Lanes, seed: number): Promise<Figures> {
  return lanes.use(
    {},
    (run) => strikeAtRandom(run, randomFrom(seed)),
    ({ violations }) => violations.length === 0,
  );
}

async function strikeAtRandom(run: Run, random: () => number): Promise<Figures> {
  const strokes = Array.from({ length: 1 + Math.floor(random() * strokesMax) }, () => ({
    atMs: random() * (load.withinMs + 500),
    strike: strokeFrom(random),
  }));
  const striking = Promise.all(
    strokes.map(async ({ atMs, strike }) => {
      await pause(atMs);
      await strike(run.adapter);
    }),
  );
  await Promise.all([striking, crowd(run, random, load)]);
  return verdictOn(run, {
    disturbed: true,
    mayMissAnswer: true,
    answerMsMax: run.stage.vippsPatienceMs,
    reversalMsMax: 5_000,
  });
}

type Stroke = (adapter: Adapter) => Promise<void>;

/** Killed; killed and, before it serves again, killed once more; stopped, and let go on as if nothing had been. */
function strokeFrom(random: () => number): Stroke {
  const [which, howLong] = [random(), random()];
  return async (adapter) => {
    if (which > 0.75) {
      adapter.kill('SIGSTOP');
      await pause(howLong * 6_000);
      adapter.kill('SIGCONT');
      return;
    }
    adapter.kill();
    if (which > 0.5) {
      await pause(howLong * 2_000);
      adapter.kill();
    }
  };
}
