import { rounded } from './figures.ts';

export interface ElementFigures {
  readonly callers: number;
  readonly adapterPerSecond: number;
  readonly floorPerSecond: number;
  readonly ratio: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** What the bench found; with `--json` printed as it is. */
export interface BenchFigures {
  readonly makePayment: readonly ElementFigures[];
  readonly atPeak: {
    readonly perSecond: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
    /** For people only: it tells a slow adapter from a slow machine. */
    readonly floorP99Ms: number;
  };
  readonly eventLoopP999Ms: number;
  readonly eventLoopMaxMs: number;
  readonly residentMb: number;
}

/** One line of JSON, members in the agreed order. */
export function asJson(figures: BenchFigures): string {
  const { makePayment, atPeak, eventLoopP999Ms, eventLoopMaxMs, residentMb } = figures;
  return JSON.stringify({
    makePayment: makePayment.map((element) => ({
      callers: element.callers,
      adapterPerSecond: rounded(element.adapterPerSecond, 1),
      floorPerSecond: rounded(element.floorPerSecond, 1),
      ratio: rounded(element.ratio, 3),
      p50Ms: rounded(element.p50Ms, 2),
      p99Ms: rounded(element.p99Ms, 2),
    })),
    atPeak: {
      perSecond: atPeak.perSecond,
      p50Ms: rounded(atPeak.p50Ms, 2),
      p99Ms: rounded(atPeak.p99Ms, 2),
    },
    eventLoopP999Ms: rounded(eventLoopP999Ms, 2),
    eventLoopMaxMs: rounded(eventLoopMaxMs, 2),
    residentMb: rounded(residentMb, 1),
  });
}

/** What was measured of it, for a person, with what is aimed for beside it. */
export function asTable(figures: BenchFigures): string {
  const { makePayment, atPeak } = figures;
  const head = ['callers', 'adapter/s', 'floor/s', 'ratio', 'p50 ms', 'p99 ms', ''];
  const rows = makePayment.map((element) => [
    String(element.callers),
    element.adapterPerSecond.toFixed(0),
    element.floorPerSecond.toFixed(0),
    element.ratio.toFixed(2),
    element.p50Ms.toFixed(2),
    element.p99Ms.toFixed(2),
    element.callers === 16 ? verdict(element.ratio >= 0.5, 'ratio at least 0.5') : '',
  ]);
  const table = [head, ...rows].map((cells) => cells.map((cell) => cell.padStart(9)).join('  '));
  return [
    ...(rows.length > 0 ? [...table, ''] : []),
    ...(Number.isFinite(atPeak.p99Ms) ? [peakInWords(figures)] : []),
    ...(Number.isFinite(figures.eventLoopMaxMs) ? [loopInWords(figures)] : []),
    `resident memory of the adapter at most ${figures.residentMb.toFixed(0)} MB  ` +
      verdict(figures.residentMb < 200, 'under 200 MB'),
  ].join('\n');
}

function peakInWords({ atPeak }: BenchFigures): string {
  return (
    `at ${atPeak.perSecond} payments a second: p50 ${atPeak.p50Ms.toFixed(2)} ms, p99 ${atPeak.p99Ms.toFixed(2)} ms ` +
    `(the floor's ${atPeak.floorP99Ms.toFixed(2)} ms)  ` +
    verdict(atPeak.p99Ms < 30, 'p99 under 30 ms')
  );
}

function loopInWords({ eventLoopP999Ms, eventLoopMaxMs }: BenchFigures): string {
  return (
    `event loop at that rate with a 4096-bit key: p99.9 ${eventLoopP999Ms.toFixed(2)} ms, ` +
    `at most ${eventLoopMaxMs.toFixed(2)} ms  ${verdict(eventLoopP999Ms <= 10, 'p99.9 at most 10 ms')}`
  );
}

function verdict(reached: boolean, target: string): string {
  return `${reached ? '✓' : '✗'} ${target}`;
}
