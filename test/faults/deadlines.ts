import { pause } from './adapter.ts';
import { demand } from './http.ts';
import { type Outcome } from './outcome.ts';
import { openVenue, type Run, startRun } from './run.ts';
import { type Stage } from './stage.ts';
import { startTally } from './tally.ts';
import { verdictOn } from './verdict.ts';

/** Approved after 0 to 19 s, after 20 s, and every way of not answering. */
const atOnceTo20s = [...range(160, 179), 185, ...range(190, 196)];
/** With every delay three times as long: after 0 to 57 s in steps of 3 s, and after 60 s. */
const upToAMinute = [...range(160, 179), 185];
const slower = 3;

/** When the slowest authorisation has been decided, and a moment more. */
const allDecidedMs = 63_000;

/** The true deadlines, against an acquirer that answers after 0 to 60 s, or not at all; all at once. */
export async function runDeadlines(stage: Stage): Promise<Outcome> {
  const tally = startTally();
  await using venue = await openVenue(stage, { name: 'deadlines' });
  const run = startRun(venue, 'deadlines');
  const startedMs = performance.now();
  const first = approveAll(run, await createAll(run, atOnceTo20s));
  await pause(1_000);
  await demand('PATCH', `${stage.acquirer.url}/control`, { delayScale: slower });
  const second = approveAll(run, await createAll(run, upToAMinute));
  await Promise.all([first, second]);
  await pause(allDecidedMs - (performance.now() - startedMs));
  await demand('PATCH', `${stage.acquirer.url}/control`, { delayScale: 1 });
  // Reversals that found nothing go on until the acquirer can no longer be working on it.
  const found = await verdictOn(run, {
    disturbed: false,
    answerMsMax: 13_500,
    reversalMsMax: 1_000,
    settleMsMax: 0,
  });
  tally.count('sweep', found, '--only deadlines');
  return tally.outcome();
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, offset) => from + offset);
}

async function createAll(run: Run, amounts: readonly number[]) {
  const payments = await Promise.all(amounts.map((amount) => run.create(amount)));
  return payments.filter((payment) => payment !== undefined);
}

async function approveAll(
  run: Run,
  payments: Awaited<ReturnType<typeof createAll>>,
): Promise<void> {
  await Promise.all(payments.map((payment) => run.approve(payment)));
}
