/** The title of a test or of a group of tests, and the file that it is in. */
export interface TestTitle {
  readonly file: string;
  readonly title: string;
}

/** `it('…'`, `describe("…"`, it(`…`: in one line or with the title in the next. */
const titled =
  /\b(?:it|test|describe)\(\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|`((?:\\.|[^`\\])*)`)/g;

/** Titles as they stand in the source: what a template puts in is shown as written. Skipped tests show nothing. */
export function findTitles(file: string, source: string): readonly TestTitle[] {
  return [...source.matchAll(titled)].map(([, single, double, template]) => ({
    file,
    title: (single ?? double ?? template ?? '').replaceAll(/\\(.)/g, '$1'),
  }));
}
