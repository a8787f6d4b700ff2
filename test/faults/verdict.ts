import { type Figures } from './figures.ts';
import { type Evidence, judge } from './judge.ts';
import { type Run } from './run.ts';
import { untilSettled } from './settle.ts';

const settledWithinMs = 90_000;

/** An answer passes from one process to another so often, and each may have been kept waiting. */
const hops = 3;

/** Waits until the run has come to rest, and judges what became of its payments. */
export async function verdictOn(
  run: Run,
  terms: Pick<Evidence, 'disturbed' | 'answerMsMax' | 'reversalMsMax'> &
    Partial<Evidence> & {
      /** Zero where the case ends before everything has come to rest. */
      readonly settleMsMax?: number;
    },
): Promise<Figures> {
  const { settleMsMax = settledWithinMs, ...more } = terms;
  const left = settleMsMax > 0 ? await untilSettled(run, settleMsMax) : [];
  const { venue, stage, databaseUrl, name, vipps, merchant } = run;
  const found = await judge({
    databaseUrl,
    name,
    acquirer: stage.acquirer,
    vipps,
    merchant,
    lives: venue.copies.flatMap(({ lives }) => lives),
    allowanceMs: (fromMs, untilMs) => hops * stage.probe.lateMsMax(fromMs, untilMs),
    ...more,
  });
  found.kills = venue.kills() - run.killsBefore;
  found.violations.push(...left.map((what) => `unfinished: ${what}`));
  return found;
}
