import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { effectsIn } from '../tidy/crash-point-list.ts';
import { projectFiles } from '../tidy/project-files.ts';
import { pause } from './adapter.ts';
import { type Figures, noFigures } from './figures.ts';
import { grouped } from './grouped.ts';
import { kindOf, type Lanes, openLanes } from './lanes.ts';
import { type MatrixCase, nameOf, planFrom } from './matrix-cases.ts';
import { type Options } from './options.ts';
import { type Outcome } from './outcome.ts';
import { type Run } from './run.ts';
import { type Stage } from './stage.ts';
import { stories } from './stories/stories.ts';
import { deadForMs, type Story, StoryCutShort } from './stories/story.ts';
import { inParallel, startTally } from './tally.ts';
import { verdictOn } from './verdict.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const reversalMsMax = 5_000;
const isClean = ({ violations }: Figures): boolean => violations.length === 0;

/** Kills at every point, before and after, and looks what became of the money. */
export async function runMatrix(stage: Stage, options: Options): Promise<Outcome> {
  const tally = startTally();
  const { figures } = tally;
  const again = (name: string): string => `--only matrix --point '${name}'`;
  const records = new Map<Story, readonly string[]>();
  await using lanes = openLanes(stage);
  const inTurn = { lanes, parallel: options.parallel };
  await inOrder(inTurn, storiesFor(options.point), itself, (story) =>
    tally.run(`record ${story.name}`, again(story.name), async () => {
      const { passed, found } = await record(lanes, story);
      records.set(story, passed);
      return found;
    }),
  );
  const { effects } = effectsIn(await projectFiles(root));
  const { cases, faults } = planFrom(records, effects);
  for (const fault of options.point === undefined ? faults : [])
    tally.count(fault, { ...noFigures(), violations: [fault] }, '');
  const chosen = cases.filter((one) => nameOf(one).includes(options.point ?? ''));
  figures.points = new Set(chosen.map(({ point }) => point)).size;
  await inOrder(
    inTurn,
    chosen,
    ({ story }) => story,
    (one) => tally.run(nameOf(one), again(nameOf(one)), () => tryCase(lanes, one)),
  );
  return tally.outcome();
}

const itself = (story: Story): Story => story;

/**
 * What needs adapters of one kind is done together, so that none of another kind stands idle; of
 * each kind first what takes long, so that nobody waits for it in the end.
 */
async function inOrder<Item>(
  { lanes, parallel }: { readonly lanes: Lanes; readonly parallel: number },
  items: readonly Item[],
  storyOf: (item: Item) => Story,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const kinds = [...grouped(items, (item) => kindOf(storyOf(item))).values()];
  const isLong = (item: Item): boolean => storyOf(item).isLong === true;
  const left = kinds.flatMap((kind) => [
    ...kind.filter(isLong),
    ...kind.filter((item) => !isLong(item)),
  ]);
  await inParallel(parallel, [...left], async (item) => {
    left.splice(left.indexOf(item), 1);
    await work(item);
    await lanes.closeIdle(left.map(storyOf));
  });
}

/** Where a case is named, only its own story is needed. */
function storiesFor(point: string | undefined): readonly Story[] {
  const named = stories.filter(({ name }) => point?.split(' ').includes(name));
  return named.length > 0 ? named : stories;
}

const recordsMax = 3;

/** A machine that was too busy for a story tells it once more. */
async function record(lanes: Lanes, story: Story) {
  for (let tries = 1; ; tries += 1) {
    const recorded = await lanes.use(
      story,
      (run) => recordOnce(run, story),
      ({ found }) => isClean(found),
    );
    if (!recorded.cutShort || tries === recordsMax) return recorded;
  }
}

async function recordOnce(run: Run, story: Story) {
  const file = path.join(run.stage.directory, `${run.name}.points`);
  writeFileSync(file, '');
  const ended = await playUnder(run, story, `record:${file}`);
  const found = await verdict(run, story);
  run.adapter.order('');
  if (ended !== undefined) found.violations.push(`it came to no end: ${ended.message}`);
  const passed = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return { passed, found, cutShort: ended instanceof StoryCutShort };
}

/** What kept the story from its end, if anything did. */
async function playUnder(run: Run, story: Story, order: string): Promise<Error | undefined> {
  const { adapter } = run;
  const play = (): Promise<Error | undefined> =>
    story.play(run).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
  if (story.firstCrashAt === undefined) {
    adapter.order(order);
    return play();
  }
  adapter.rest(deadForMs);
  adapter.order(story.firstCrashAt);
  const playing = play();
  await untilKilled(run, 1);
  adapter.order(order);
  return playing;
}

function verdict(run: Run, { mayMissAnswer = false, firstCrashAt }: Story): Promise<Figures> {
  const wasKilled = run.venue.kills() > run.killsBefore;
  return verdictOn(run, {
    disturbed: wasKilled || mayMissAnswer || firstCrashAt !== undefined,
    mayMissAnswer,
    answerMsMax: run.stage.vippsPatienceMs,
    reversalMsMax,
  });
}

const missed = 'was not passed';
const triesMax = 3;

/** On a machine that is too busy a payment may fail before it comes by the point: it is tried once more. */
async function tryCase(lanes: Lanes, one: MatrixCase): Promise<Figures> {
  const { story, duplicates } = one;
  for (let tries = 1; ; tries += 1) {
    const found = await lanes.use({ ...story, duplicates }, (run) => runCase(run, one), isClean);
    const isMissed = found.violations.length === 1 && found.violations[0]?.endsWith(missed);
    if (isMissed !== true || tries === triesMax) return found;
  }
}

async function runCase(run: Run, { story, point, order }: MatrixCase): Promise<Figures> {
  const ended = await playUnder(run, story, order);
  const deaths = story.firstCrashAt === undefined ? 1 : 2;
  await untilKilled(run, deaths);
  run.adapter.order('');
  const found = await verdict(run, story);
  if (found.kills < deaths) found.violations.push(`${point} ${missed}`);
  if (ended !== undefined && !(ended instanceof StoryCutShort)) {
    found.violations.push(`it came to no end: ${ended.message}`);
  }
  await run.vipps.behave();
  return found;
}

const killMsMax = 30_000;

/** Jobs come by their points by themselves. */
async function untilKilled({ adapter, killsBefore }: Run, deaths: number): Promise<void> {
  const untilMs = performance.now() + killMsMax;
  while (adapter.kills < killsBefore + deaths && performance.now() < untilMs) await pause(20);
  await adapter.untilReady();
}
