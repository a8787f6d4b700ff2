import { type Figures } from './figures.ts';
import { type Evidence, judge } from './judge.ts';
import { type Run } from './run.ts';
import { untilSettled } from './settle.ts';

const settledWithinMs = 40_000;

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
  const left = settleMsMax > 0 ? await untilSettled(run.databaseUrl, settleMsMax) : [];
  const { copies, stage, databaseUrl, vipps, merchant } = run;
  const kills = copies.flatMap(({ killedAtMs }) => killedAtMs);
  const found = await judge({
    databaseUrl,
    acquirer: stage.acquirer,
    vipps,
    merchant,
    recoveredAtMs: kills.length > 0 ? copies.flatMap(({ readyAtMs }) => readyAtMs) : [],
    ...more,
  });
  found.kills = kills.length;
  found.violations.push(...left.map((what) => `unfinished: ${what}`));
  return found;
}
