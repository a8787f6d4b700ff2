/** The title of a test or of a group of tests, and the file that it is in. */
export interface TestTitle {
  readonly file: string;
  readonly title: string;
}

const text = `'((?:\\\\.|[^'\\\\\\n])*)'|"((?:\\\\.|[^"\\\\\\n])*)"|\`((?:\\\\.|[^\`\\\\])*)\``;

/** `it('…'`, `describe("…"`, it(`…`: in one line or with the title in the next. */
const titled = new RegExp(`\\b(?:it|test|describe)\\(\\s*(?:${text})`, 'g');

/** Texts that begin with the number of a requirement, wherever they are: in a table of cases, say. */
const numbered = new RegExp(`(?:${text.replaceAll('((', '((?=R\\d{1,2}\\b)(')})`, 'g');

/**
 * Titles as they stand in the source: what a template puts in is shown as written. Where a title
 * begins with what a table of cases puts in, the numbered texts of the table above it are put in.
 * Skipped tests show nothing.
 */
export function findTitles(file: string, source: string): readonly TestTitle[] {
  const titles = matches(titled, source);
  const computed = titles.filter(({ words }) => words.startsWith('${'));
  const fromTables = matches(numbered, source).flatMap(({ words, at, end }) => {
    if (titles.some((itself) => itself.end === end)) return [];
    const title = computed.find((candidate) => candidate.at > at);
    return title ? [title.words.replace(/^\$\{[^}]*\}/, () => words)] : [];
  });
  const all = new Set([...titles.map(({ words }) => words), ...fromTables]);
  return [...all].map((title) => ({ file, title }));
}

function matches(pattern: RegExp, source: string) {
  return [...source.matchAll(pattern)].map((match) => {
    const [, single, double, template] = match;
    const words = (single ?? double ?? template ?? '').replaceAll(/\\(.)/g, '$1');
    return { words, at: match.index, end: match.index + match[0].length };
  });
}
