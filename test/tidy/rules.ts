/** A file of the project as the rules see it. */
export interface ProjectFile {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** A rule that a line of a file can break. */
export interface Rule {
  readonly name: string;
  /** Whether the rule is about this file at all. */
  readonly appliesTo: (path: string) => boolean;
  readonly isBrokenBy: (line: string) => boolean;
}

const isSource = (path: string) => path.startsWith('src/');
const isCode = (path: string) => /\.(ts|mjs|cjs|js)$/.test(path);
const isDocument = (path: string) => path.endsWith('.md');

/** Parts of words are put together here, so that this file does not break its own rules. */
const word = (...parts: readonly string[]) => parts.join('');

const unfinished = new RegExp(
  `\\b${word('FIX', 'ME')}\\b|\\b(it|test|describe|suite)\\.${word('on', 'ly')}\\(|\\b${word('on', 'ly')}: true`,
);
const environment = new RegExp(
  `\\bprocess\\.${word('e', 'nv')}\\b|\\bprocess\\[.${word('e', 'nv')}.\\]`,
);
const wallClock = /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)/;
const privateKey = new RegExp(`${word('PRIVATE', ' KEY')}-----\\s*$`);
const digits = /(?<![\d.])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7})(?!\d)/g;

/** What belongs to one machine, or to the place where this was written, tells a reader nothing. */
const elsewhere = new RegExp(
  [
    `(?<![\\w./-])/(${word('wo', 'rk')}|home/\\w+|Users/\\w+)/`,
    `/tmp/(${word('bash', '_jobs')}|${word('w', 't-')})`,
    `\\b${word('HEL', 'PER')}\\.md\\b`,
    `\\b${word('iss', 'ues')} (show|list|close)\\b`,
    `(?<![\\w-])(${word('deci', 'sions')}|${word('field', '-notes')}|${word('plat', 'form')}|${word('psp', '-api')}|${word('epayment', '-api')})\\.md\\b`,
    `https?://[\\w.-]*\\b(${word('regis', 'try')}|${word('npm', 'js')}|${word('artif', 'actory')})\\b`,
    `\\b${word('regis', 'try')}\\.[a-z]+\\.[a-z]+`,
  ].join('|'),
  'i',
);
const besideTheProject = new RegExp(`\\.\\./${word('sha', 'red')}\\b`);

export const rules: readonly Rule[] = [
  {
    name: 'nothing unfinished, and no test alone',
    appliesTo: isCode,
    isBrokenBy: (line) => unfinished.test(line),
  },
  {
    name: 'one file alone reads the environment',
    appliesTo: (path) => isSource(path) && path !== 'src/config/env.ts',
    isBrokenBy: (line) => environment.test(line),
  },
  {
    name: 'time comes in as an argument',
    appliesTo: (path) =>
      isSource(path) &&
      path.endsWith('.ts') &&
      path !== 'src/shared/clock.ts' &&
      !/^src\/simulator\/.*clock\.ts$/.test(path),
    isBrokenBy: (line) => wallClock.test(line),
  },
  {
    name: 'no card number but in tests and simulators',
    appliesTo: (path) => !/^(test|src\/simulator)\//.test(path),
    isBrokenBy: (line) => [...line.matchAll(digits)].some(([run]) => passesLuhn(run)),
  },
  {
    name: 'no private key but the worthless ones',
    appliesTo: (path) => !path.startsWith('keys/test/'),
    isBrokenBy: (line) => privateKey.test(line),
  },
  {
    name: 'nothing of the place where this was written',
    appliesTo: () => true,
    isBrokenBy: (line) => elsewhere.test(line),
  },
  {
    name: 'documents name no neighbour of the project',
    appliesTo: isDocument,
    isBrokenBy: (line) => besideTheProject.test(line),
  },
];

function passesLuhn(run: string): boolean {
  const sum = run
    .replaceAll(/[ -]/g, '')
    .split('')
    .reverse()
    .map(Number)
    .map((digit, place) => (place % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)))
    .reduce((total, digit) => total + digit, 0);
  return sum % 10 === 0;
}

/** `path:line rule` for every line that breaks a rule. */
export function breaches({ path, text }: ProjectFile): readonly string[] {
  const about = rules.filter(({ appliesTo }) => appliesTo(path));
  return text
    .split('\n')
    .flatMap((line, index) =>
      about
        .filter(({ isBrokenBy }) => isBrokenBy(line))
        .map(({ name }) => `${path}:${index + 1} ${name}`),
    );
}

/** What is wrong with the numbers of the migrations: they begin at 1, without gap and without twins. */
export function misnumbered(names: readonly string[]): readonly string[] {
  return names
    .toSorted()
    .filter((name, index) => !name.startsWith(`${String(index + 1).padStart(4, '0')}_`));
}
