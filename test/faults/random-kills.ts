import { pause } from './adapter.ts';
import { crowd } from './crowd.ts';
import { type Figures } from './figures.ts';
import { type Options } from './options.ts';
import { type Outcome } from './outcome.ts';
import { randomFrom } from './random.ts';
import { startRun } from './run.ts';
import { type Stage } from './stage.ts';
import { inParallel, startTally } from './tally.ts';
import { verdictOn } from './verdict.ts';

const seedsByDefault = 9;
const load = { customers: 15, withinMs: 3_000 };
const killsMax = 3;

/** A stranger who knows no points: kill -9 at random moments, under load. */
export async function runRandomKills(stage: Stage, options: Options): Promise<Outcome> {
  const tally = startTally();
  const seeds = Array.from(
    { length: options.seeds ?? seedsByDefault },
    (_, index) => options.seed + index,
  );
  await inParallel(options.parallel, seeds, async (seed) => {
    const again = `--only random-kills --seed ${seed} --seeds 1`;
    await tally.run(`seed ${seed}`, again, () => runSeed(stage, seed));
  });
  return tally.outcome();
}

async function runSeed(stage: Stage, seed: number): Promise<Figures> {
  const random = randomFrom(seed);
  const run = await startRun(stage, { name: `random-${seed}` });
  try {
    const kills = Array.from({ length: 1 + Math.floor(random() * killsMax) }, () => random());
    const killing = Promise.all(
      kills.map(async (share) => {
        await pause(share * (load.withinMs + 500));
        run.adapter.kill();
      }),
    );
    await crowd(run, random, load);
    await killing;
    return await verdictOn(run, {
      disturbed: true,
      answerMsMax: stage.vippsPatienceMs,
      reversalMsMax: 5_000,
    });
  } finally {
    await run[Symbol.asyncDispose]();
  }
}
