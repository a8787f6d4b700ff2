import { parseArgs } from 'node:util';

export const programs = [
  'deadlines',
  'matrix',
  'random-kills',
  'database-stops',
  'database-hangs',
  'three-copies',
  'key-rotation',
  'hostile',
  'simulation',
  'mutants',
] as const;

export type ProgramName = (typeof programs)[number];

export interface Options {
  readonly only: readonly ProgramName[];
  /** Part of a case's name, such as `commit.leg-open:before`. */
  readonly point: string | undefined;
  /** How many seeds each random program runs; undefined for what fits into a run of CI. */
  readonly seeds: number | undefined;
  /** The first seed. */
  readonly seed: number;
  /** Runs at the same time. */
  readonly parallel: number;
}

export const usage = `npm run test:faults -- [options]

  --only <program>    ${programs.join(', ')}; may be given more than once
  --point <text>      of the crash matrix, only cases whose name has the text in it
  --seeds <number>    how many seeds each random program runs
  --seed <number>     the first seed (1)
  --parallel <number> runs at the same time (6)
`;

/** Reads the command line. Throws an error that says what is wrong with it. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      point: { type: 'string' },
      seeds: { type: 'string' },
      seed: { type: 'string' },
      parallel: { type: 'string' },
    },
  });
  const only = (values.only ?? [...programs]).map((name) => {
    const program = programs.find((known) => known === name);
    if (program === undefined)
      throw new Error(`--only ${name}: there is no such program\n${usage}`);
    return program;
  });
  return {
    only,
    point: values.point,
    seeds: values.seeds === undefined ? undefined : Number(values.seeds),
    seed: Number(values.seed ?? 1),
    parallel: Number(values.parallel ?? 6),
  };
}
