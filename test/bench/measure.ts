import { callsFor, unknownPayment } from './calls.ts';
import { type Child } from './child.ts';
import { median, percentile } from './figures.ts';
import { type BenchKey } from './keys.ts';
import { closedLoop, type Measured, openLoop, type Target, type Timing } from './load.ts';
import { type AdapterFigures } from './programs.ts';
import { type BenchFigures, type ElementFigures } from './report.ts';
import { type Stage } from './stage.ts';

/** Vipps' busiest minute in Norway, on a 17th of May: 8,500 payments. */
const peakPerSecond = 142;
/** More than any run will make, until a run has told. */
const perSecondGuess = 3_500;
const headroom = 1.3;
const warmUpCallers = 16;

export interface Plan {
  readonly timing: Timing;
  readonly rounds: number;
  readonly parts: ReadonlySet<string>;
  readonly tell: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface Findings {
  readonly figures: BenchFigures;
  readonly failures: readonly string[];
}

interface Pair {
  readonly adapter: Measured;
  readonly floor: Measured;
}

/** Takes the measurements, adapter and floor in turn, and takes the medians of the rounds. */
export async function measure(stage: Stage, plan: Plan): Promise<Findings> {
  const bench = { stage, plan, failures: [] as string[] };
  const elements = [1, 16, 64].filter((callers) => plan.parts.has(String(callers)));
  const pairs = new Map<number, Pair[]>(elements.map((callers) => [callers, []]));
  const peaks: Pair[] = [];
  await warmUp(bench);
  for (let round = 1; round <= plan.rounds; round += 1) {
    for (const callers of elements) {
      pairs.get(callers)?.push(await measurePair(bench, callers, round));
    }
    if (plan.parts.has('peak')) peaks.push(await measurePairAtPeak(bench));
  }
  const adapter = await stage.adapter.ask<AdapterFigures>('figures');
  const loops = plan.parts.has('loop') ? await measureLoop(bench) : [];

  return {
    failures: bench.failures,
    figures: {
      makePayment: [...pairs].map(([callers, measured]) => elementOf(callers, measured)),
      atPeak: {
        perSecond: peakPerSecond,
        p50Ms: median(peaks.map(({ adapter: { latenciesMs } }) => percentile(latenciesMs, 0.5))),
        p99Ms: median(peaks.map(({ adapter: { latenciesMs } }) => percentile(latenciesMs, 0.99))),
        floorP99Ms: median(peaks.map(({ floor }) => percentile(floor.latenciesMs, 0.99))),
      },
      eventLoopP999Ms: median(loops.map(({ loopP999Ms }) => loopP999Ms)),
      eventLoopMaxMs: Math.max(...loops.map(({ loopMaxMs }) => loopMaxMs)),
      residentMb: Math.max(adapter.residentMb, ...loops.map(({ residentMb }) => residentMb)),
    },
  };
}

interface Bench {
  readonly stage: Stage;
  readonly plan: Plan;
  readonly failures: string[];
}

/** What is measured is a service that has run for a while, and its floor likewise. */
async function warmUp(bench: Bench): Promise<void> {
  const { stage, plan } = bench;
  const timing = { warmUpMs: 0, measureMs: plan.timing.measureMs };
  await prepare(bench, perSecondGuess);
  const call = targetOf(stage, stage.adapter, stage.key);
  noted(bench, await closedLoop(call, warmUpCallers, timing));
  noted(bench, await closedLoop(floorOf(stage), warmUpCallers, timing));
}

/** Turns about, so that neither always runs after the other. */
async function measurePair(bench: Bench, callers: number, round: number): Promise<Pair> {
  const { stage, plan } = bench;
  const { timing, tell } = plan;
  const measureFloor = async (): Promise<Measured> => {
    await prepare(bench, perSecondGuess);
    return noted(bench, await closedLoop(floorOf(stage), callers, timing));
  };
  const measureAdapter = async (): Promise<Measured> => {
    await prepare(bench, perSecondGuess);
    const target = targetOf(stage, stage.adapter, stage.key);
    return noted(bench, await closedLoop(target, callers, timing));
  };
  const floorFirst = round % 2 === 0;
  const early = floorFirst ? await measureFloor() : undefined;
  const adapter = await measureAdapter();
  const floor = early ?? (await measureFloor());
  const ratio = adapter.perSecond / floor.perSecond;
  tell(
    `round ${round}, ${callers} callers: adapter ${adapter.perSecond.toFixed(0)}/s, ` +
      `floor ${floor.perSecond.toFixed(0)}/s, ratio ${ratio.toFixed(2)}`,
  );
  return { adapter, floor };
}

/** The floor as well: where it has a long tail itself, the machine has it. */
async function measurePairAtPeak(bench: Bench): Promise<Pair> {
  const { stage } = bench;
  await prepare(bench, peakPerSecond);
  const target = targetOf(stage, stage.adapter, stage.key);
  const adapter = await measureAtPeak(bench, 'adapter', target);
  await prepare(bench, peakPerSecond);
  return { adapter, floor: await measureAtPeak(bench, 'floor', floorOf(stage)) };
}

async function measureAtPeak(bench: Bench, name: string, target: Target): Promise<Measured> {
  const { plan } = bench;
  const measured = noted(bench, await openLoop(target, peakPerSecond, plan.timing));
  plan.tell(
    `${name} at ${measured.perSecond.toFixed(0)}/s: p50 ${percentile(measured.latenciesMs, 0.5).toFixed(2)} ms, ` +
      `p99 ${percentile(measured.latenciesMs, 0.99).toFixed(2)} ms`,
  );
  return measured;
}

/** The event loop of an adapter whose key takes sixteen times as long. */
async function measureLoop(bench: Bench): Promise<readonly AdapterFigures[]> {
  const { stage, plan } = bench;
  const adapter = await stage.startAdapter(stage.longKey);
  const { warmUpMs } = plan.timing;
  await prepare(bench, peakPerSecond);
  const target = targetOf(stage, adapter, stage.longKey);
  noted(bench, await openLoop(target, peakPerSecond, { warmUpMs: 0, measureMs: warmUpMs }));
  const loops: AdapterFigures[] = [];
  for (let round = 1; round <= plan.rounds; round += 1) {
    await prepare(bench, peakPerSecond);
    // Only now: an idle loop is never late.
    await adapter.ask('reset');
    const warmAlready = { ...bench, plan: { ...plan, timing: { ...plan.timing, warmUpMs: 0 } } };
    await measureAtPeak(warmAlready, 'adapter with a 4096-bit key', target);
    const figures = await adapter.ask<AdapterFigures>('figures');
    plan.tell(
      `loop delay: p99.9 ${figures.loopP999Ms.toFixed(2)} ms, max ${figures.loopMaxMs.toFixed(2)} ms`,
    );
    loops.push(figures);
  }
  return loops;
}

async function prepare({ stage, plan }: Bench, perSecond: number): Promise<void> {
  plan.signal.throwIfAborted();
  const { warmUpMs, measureMs } = plan.timing;
  await stage.supply.ensure(Math.ceil(((warmUpMs + measureMs) / 1_000) * perSecond * headroom));
}

function targetOf(stage: Stage, adapter: Child, key: BenchKey): Target {
  return { url: adapter.url, nextCall: callsFor(() => stage.supply.next(), key.cardData) };
}

function floorOf({ floor, key }: Stage): Target {
  return { url: floor.url, nextCall: callsFor(unknownPayment, key.cardData) };
}

function noted({ failures }: Bench, measured: Measured): Measured {
  failures.push(...measured.failures);
  return measured;
}

function elementOf(callers: number, pairs: readonly Pair[]): ElementFigures {
  const adapters = pairs.map(({ adapter }) => adapter);
  const latency = (share: number): number =>
    median(adapters.map(({ latenciesMs }) => percentile(latenciesMs, share)));
  const adapterPerSecond = median(adapters.map(({ perSecond }) => perSecond));
  const floorPerSecond = median(pairs.map(({ floor }) => floor.perSecond));
  return {
    callers,
    adapterPerSecond,
    floorPerSecond,
    ratio: adapterPerSecond / floorPerSecond,
    p50Ms: latency(0.5),
    p99Ms: latency(0.99),
  };
}
