/** What the runs came to. `violations` has a line for each, and each line says how to repeat its run. */
export interface Figures {
  points: number;
  runs: number;
  kills: number;
  databaseStops: number;
  databaseHangs: number;
  payments: number;
  callbacks: number;
  approvals: number;
  orphans: number;
  /** OK was delivered, the process died before that was written down; reversed and reported CANCELLED. */
  deliveredThenReversed: number;
  /** From knowing, or from the readiness of a restarted process, to the reversal in the acquirer's books. */
  readonly reversalDelaysMs: number[];
  readonly answersMs: number[];
  readonly violations: string[];
}

export function noFigures(): Figures {
  return {
    points: 0,
    runs: 0,
    kills: 0,
    databaseStops: 0,
    databaseHangs: 0,
    payments: 0,
    callbacks: 0,
    approvals: 0,
    orphans: 0,
    deliveredThenReversed: 0,
    reversalDelaysMs: [],
    answersMs: [],
    violations: [],
  };
}

export function addFigures(to: Figures, more: Figures): void {
  const counts = [
    'points',
    'runs',
    'kills',
    'databaseStops',
    'databaseHangs',
    'payments',
    'callbacks',
    'approvals',
    'orphans',
    'deliveredThenReversed',
  ] as const;
  for (const name of counts) to[name] += more[name];
  to.reversalDelaysMs.push(...more.reversalDelaysMs);
  to.answersMs.push(...more.answersMs);
  to.violations.push(...more.violations);
}

export function linesOf(figures: Figures): readonly string[] {
  const { reversalDelaysMs, answersMs, violations, ...counts } = figures;
  return [
    ...Object.entries(counts).map(([name, count]) => `${inWords(name)}: ${count}`),
    `callback answered after ms: ${spread(answersMs)}`,
    `reversal delay ms: ${spread(reversalDelaysMs)}`,
    `violations: ${violations.length}`,
  ];
}

function inWords(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

export function spread(values: readonly number[]): string {
  if (values.length === 0) return 'none';
  const sorted = values.toSorted((left, right) => left - right);
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}`;
}
