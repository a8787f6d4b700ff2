import { type TestTitle } from './find-titles.ts';

/** A requirement with the tests that carry its number, or the reason why it has none. */
export interface Covered {
  readonly id: string;
  readonly text: string;
  readonly tests: readonly TestTitle[];
  readonly reason: string | undefined;
}

export interface Coverage {
  readonly requirements: readonly Covered[];
  /** Numbers in titles that no requirement has: a slip of the pen. */
  readonly unknown: readonly string[];
  /** Neither a test nor a reason. */
  readonly missing: readonly string[];
}

export function cover(
  requirements: Readonly<Record<string, string>>,
  leftOut: Readonly<Record<string, string | undefined>>,
  titles: readonly TestTitle[],
): Coverage {
  const covered = Object.entries(requirements).map(([id, text]) => {
    const tests = titles.filter(({ title }) => numbersIn(title).includes(id));
    return { id, text, tests, reason: tests.length > 0 ? undefined : leftOut[id] };
  });
  const named = new Set(titles.flatMap(({ title }) => numbersIn(title)));
  return {
    requirements: covered,
    unknown: [...named].filter((id) => !(id in requirements)).sort(),
    missing: covered
      .filter(({ tests, reason }) => tests.length === 0 && reason === undefined)
      .map(({ id }) => id),
  };
}

function numbersIn(title: string): readonly string[] {
  return title.match(/\bR\d{1,3}\b/g) ?? [];
}

/** For a person at a terminal: each requirement, below it its tests or the reason, and a summary. */
export function report({ requirements, unknown, missing }: Coverage): readonly string[] {
  const shown = requirements.filter(({ tests }) => tests.length > 0);
  const excused = requirements.filter(({ reason }) => reason !== undefined);
  return [
    ...requirements.flatMap(linesOf),
    '',
    `${shown.length} shown by tests, ${excused.length} left out with a reason, ${missing.length} missing`,
    ...(missing.length > 0 ? [`Neither a test nor a reason: ${missing.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`No such requirement, yet in a title: ${unknown.join(', ')}`] : []),
  ];
}

function linesOf({ id, text, tests, reason }: Covered): readonly string[] {
  return [
    `${id.padEnd(4)} ${text}`,
    ...tests.map(({ file, title }) => `       ${file}: ${title}`),
    ...(reason === undefined ? [] : [`       left out: ${reason}`]),
    ...(tests.length === 0 && reason === undefined ? ['       MISSING'] : []),
  ];
}
