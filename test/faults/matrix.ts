import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { effectsIn } from '../tidy/crash-point-list.ts';
import { projectFiles } from '../tidy/project-files.ts';
import { pause } from './adapter.ts';
import { type Figures, noFigures } from './figures.ts';
import { type Options } from './options.ts';
import { type Outcome } from './outcome.ts';
import { type Run, startRun } from './run.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { type Stage } from './stage.ts';
import { inParallel, startTally } from './tally.ts';
import { verdictOn } from './verdict.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Where in a story the process is to be killed. */
interface MatrixCase {
  readonly scenario: Scenario;
  readonly point: string;
  readonly nth: number;
  readonly duplicates: number;
  /** Passed only when the process stops in good order. */
  readonly whenStopping: boolean;
}

/** How often a story passed each point, in each of its parts. */
interface Passings {
  readonly starting: ReadonlyMap<string, number>;
  readonly playing: ReadonlyMap<string, number>;
  readonly stopping: ReadonlyMap<string, number>;
}

/** Points inside a makePayment call: there, its duplicates are under way at the same time. */
const insideMakePayment = /^(commit\.leg-(open|decide|deliver|refuse)|acquirer\.authorise|reply):/;

const reversalMsMax = 5_000;

/** Kills at every point, before and after, and looks what became of the money. */
export async function runMatrix(stage: Stage, options: Options): Promise<Outcome> {
  const tally = startTally();
  const { figures } = tally;
  const count = (name: string, found: Figures): void => {
    tally.count(name, found, `--only matrix --point '${name}'`);
  };
  const records = new Map<Scenario, Passings>();
  await inParallel(options.parallel, scenarios, async (scenario) => {
    const { record, figures: found } = await recordScenario(stage, scenario);
    records.set(scenario, record);
    count(`record ${scenario.name}`, found);
  });
  const { cases, missed } = await casesFrom(records);
  for (const point of missed) {
    count(point, { ...noFigures(), violations: [`${point} is passed in no story`] });
  }
  const chosen = cases.filter((one) => nameOf(one).includes(options.point ?? ''));
  figures.points = new Set(chosen.map(({ point }) => point)).size;
  await inParallel(options.parallel, chosen, async (one) => {
    const name = nameOf(one);
    const again = `--only matrix --point '${name}'`;
    await tally.run(name, again, () => runCase(stage, one));
  });
  return tally.outcome();
}

/** Deaths of the story itself come first; the one at the point, or the record, comes after them. */
function crashesOf({ firstCrashAt }: Scenario, last: string): readonly string[] {
  return firstCrashAt === undefined ? [last] : [firstCrashAt, last];
}

async function recordScenario(stage: Stage, scenario: Scenario) {
  const name = `record-${scenario.name}`;
  const file = path.join(stage.directory, `${name}.points`);
  writeFileSync(file, '');
  const { restMs, env = {}, ownVipps = false } = scenario;
  const run = await startRun(stage, {
    name,
    crashAt: crashesOf(scenario, `record:${file}`),
    env,
    ownVipps,
    ...(restMs !== undefined && { restMs: [restMs] }),
  });
  try {
    appendFileSync(file, '--playing\n');
    await scenario.play(run);
    const found = await verdict(
      run,
      scenario,
      scenario.firstCrashAt !== undefined || scenario.mayMissAnswer === true,
    );
    appendFileSync(file, '--stopping\n');
    await run.adapter.stop();
    return { record: readRecord(file), figures: found };
  } finally {
    await run[Symbol.asyncDispose]();
  }
}

function readRecord(file: string): Passings {
  const parts = readFileSync(file, 'utf8').split(/^--.*\n/m);
  const [starting, playing, stopping] = [0, 1, 2].map((part) => {
    const counts = new Map<string, number>();
    for (const point of (parts[part] ?? '').split('\n').filter((line) => line !== '')) {
      counts.set(point, (counts.get(point) ?? 0) + 1);
    }
    return counts;
  });
  const nothing = new Map<string, number>();
  return {
    starting: starting ?? nothing,
    playing: playing ?? nothing,
    stopping: stopping ?? nothing,
  };
}

function verdict(
  run: Run,
  { mayMissAnswer = false }: Scenario,
  disturbed: boolean,
): Promise<Figures> {
  return verdictOn(run, {
    disturbed,
    mayMissAnswer,
    answerMsMax: run.stage.vippsPatienceMs,
    reversalMsMax,
  });
}

/** What no story comes by: it takes a person, or six hours. */
const outsideTheStories =
  /^commit\.(status-update-(retry|dismiss)|merchant-(change|replace-secrets)|reconciliation-.*)$/;

async function casesFrom(records: ReadonlyMap<Scenario, Passings>) {
  const { effects } = effectsIn(await projectFiles(root));
  const cases: MatrixCase[] = [];
  const missed: string[] = [];
  const passedSomewhere = new Set<string>();
  for (const scenario of scenarios) {
    const record = records.get(scenario);
    for (const part of record ? [record.starting, record.playing, record.stopping] : []) {
      for (const point of part.keys()) passedSomewhere.add(point.replace(/:(before|after)$/, ''));
    }
  }
  for (const effect of effects.filter((name) => !outsideTheStories.test(name))) {
    for (const point of [`${effect}:before`, `${effect}:after`]) {
      const found = casesAt(point, records);
      if (found.length === 0) missed.push(point);
      cases.push(...found);
    }
  }
  const unknown = [...passedSomewhere].filter((effect) => !effects.includes(effect));
  missed.push(...unknown.map((effect) => `${effect} (not in the list)`));
  return { cases, missed };
}

/** Recovery is a story of its own: what it passes is also killed there. */
const isRecovery = ({ firstCrashAt, restMs }: Scenario): boolean =>
  firstCrashAt !== undefined && restMs !== undefined;

function casesAt(point: string, records: ReadonlyMap<Scenario, Passings>): readonly MatrixCase[] {
  const countIn = (scenario: Scenario, part: keyof Passings): number =>
    records.get(scenario)?.[part].get(point) ?? 0;
  const plain = scenarios.filter((scenario) => !isRecovery(scenario));
  const recovering = scenarios
    .filter((scenario) => isRecovery(scenario) && recoveryPoints.test(point))
    .filter((scenario) => countIn(scenario, 'playing') > 0)
    .map((scenario) => caseAt(point, scenario, 1));
  const played = plain.find((scenario) => countIn(scenario, 'playing') > 0);
  if (played) {
    const nth = countIn(played, 'starting') + 1;
    const duplicates = insideMakePayment.test(point) ? [0, 1, 4] : [0];
    return [
      ...duplicates.map((more) => ({ ...caseAt(point, played, nth), duplicates: more })),
      ...recovering,
    ];
  }
  const started = plain.find((scenario) => countIn(scenario, 'starting') > 0);
  if (started) return [caseAt(point, started, 1), ...recovering];
  const stopped = plain.find((scenario) => countIn(scenario, 'stopping') > 0);
  if (stopped) return [{ ...caseAt(point, stopped, 1), whenStopping: true }];
  return recovering;
}

function caseAt(point: string, scenario: Scenario, nth: number): MatrixCase {
  return { scenario, point, nth, duplicates: 0, whenStopping: false };
}

function nameOf({ scenario, point, nth, duplicates }: MatrixCase): string {
  return `${point}#${nth} ${scenario.name}${duplicates > 0 ? ` +${duplicates}` : ''}`;
}

const recoveryPoints =
  /^(commit\.(leg-take-over|leg-decide|leg-deliver|reversal-claim|reversal-acknowledge)|acquirer\.reverse):/;

async function runCase(stage: Stage, one: MatrixCase): Promise<Figures> {
  const { scenario, point, nth, duplicates } = one;
  const { restMs, env = {}, ownVipps = false } = scenario;
  const name = `run-${nameOf(one).replaceAll(/[^a-z0-9]+/gi, '-')}`.slice(0, 63).toLowerCase();
  const run = await startRun(stage, {
    name,
    crashAt: crashesOf(scenario, `kill:${point}#${nth}`),
    env,
    ownVipps,
    duplicates,
    ...(restMs !== undefined && { restMs: [restMs] }),
  });
  try {
    await scenario.play(run);
    const deaths = scenario.firstCrashAt === undefined ? 1 : 2;
    if (!one.whenStopping) await untilKilled(run, deaths);
    const found = await verdict(run, scenario, true);
    if (run.adapter.killedAtMs.length < deaths) await run.adapter.stop();
    found.kills = run.adapter.killedAtMs.length;
    if (found.kills < deaths) found.violations.push(`${point} was not passed`);
    return found;
  } finally {
    await run[Symbol.asyncDispose]();
  }
}

const killMsMax = 8_000;

/** Jobs come by their points by themselves. */
async function untilKilled(run: Run, deaths: number): Promise<void> {
  const untilMs = performance.now() + killMsMax;
  while (run.adapter.killedAtMs.length < deaths && performance.now() < untilMs) await pause(50);
  await run.adapter.untilReady();
}
