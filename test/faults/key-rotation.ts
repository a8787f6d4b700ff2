import { pause } from './adapter.ts';
import { type Figures } from './figures.ts';
import { type Outcome } from './outcome.ts';
import { runProgram } from './program.ts';
import { openVenue, type Run, type RunPayment, startRun } from './run.ts';
import { type Stage } from './stage.ts';
import { inParallel, startTally } from './tally.ts';
import { verdictOn } from './verdict.ts';

const perSecond = 100;
/** Adapters look for keys every five seconds. */
const untilLookedMs = 6_000;
const restMs = 2_000;
/** More than are approved meanwhile. */
const payments = 2_200;
const createdAtATime = 16;

/** A key is made, Vipps is switched to it, and the old one is retired, while payments go on. */
export async function runKeyRotation(stage: Stage): Promise<Outcome> {
  const tally = startTally();
  await using venue = await openVenue(stage, { name: 'rotation', ownVipps: true });
  const run = startRun(venue, 'rotation');
  const load = startLoad(run, await createAll(run));
  await pause(restMs);
  await keys(stage, 'make');
  await pause(untilLookedMs);
  await run.vipps.usePublicKey(await keys(stage, 'public'));
  await pause(restMs);
  await keys(stage, 'retire', stage.firstKeyFile);
  await pause(untilLookedMs);
  const { made, seconds } = await load.stop();
  const found = await verdictOn(run, {
    disturbed: false,
    answerMsMax: 13_500,
    reversalMsMax: 1_000,
  });
  console.log(`  ${Math.round(made / seconds)} payments a second for ${Math.round(seconds)} s`);
  found.violations.push(...(await whatWasNotReserved(run)));
  tally.count('rotation', withFloor(found, made / seconds), '--only key-rotation');
  return tally.outcome();
}

/** A machine that cannot make the load has shown nothing. */
function withFloor(found: Figures, rate: number): Figures {
  if (rate < perSecond / 2) found.violations.push(`only ${Math.round(rate)} payments a second`);
  return found;
}

async function keys(stage: Stage, ...args: readonly string[]): Promise<string> {
  const { code, stdout } = await runProgram('keys/keys-command.js', args, {
    KEYS_DIR: stage.keysDirectory,
  });
  if (code !== 0) throw new Error(`keys ${args.join(' ')} ended with ${String(code)}`);
  return stdout;
}

/** Beforehand: what is looked at is what comes with card data. */
async function createAll(run: Run): Promise<RunPayment[]> {
  const created: RunPayment[] = [];
  const numbers = Array.from({ length: payments }, (_, number) => number);
  await inParallel(createdAtATime, numbers, async () => {
    const payment = await run.create(10_000);
    if (payment) created.push(payment);
  });
  return created;
}

function startLoad(run: Run, waiting: RunPayment[]) {
  const startedMs = performance.now();
  const underWay = new Set<Promise<void>>();
  let made = 0;
  let stopped = false;
  const one = async (): Promise<void> => {
    const payment = waiting.pop();
    if (payment === undefined) return;
    await run.approve(payment);
    made += 1;
  };
  const beginDue = (): void => {
    const due = ((performance.now() - startedMs) / 1_000) * perSecond;
    for (let begun = made + underWay.size; begun < due && underWay.size < 200; begun += 1) {
      const task: Promise<void> = one().finally(() => underWay.delete(task));
      underWay.add(task);
    }
  };
  const timer = setInterval(() => {
    if (!stopped) beginDue();
  }, 10);
  return {
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      const seconds = (performance.now() - startedMs) / 1_000;
      await Promise.all(underWay);
      return { made, seconds };
    },
  };
}

/** Nothing stood in the way of any of them. */
async function whatWasNotReserved(run: Run): Promise<readonly string[]> {
  const known = await run.vipps.payments();
  const failed = known.filter(
    ({ state, callbacks }) => callbacks.length > 0 && state !== 'RESERVED',
  );
  return failed.map((payment) => `not reserved: ${JSON.stringify(payment)}`);
}
