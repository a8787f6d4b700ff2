import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { faultsOf, type LockFile } from '../tidy/lock-file.ts';
import { projectFiles } from '../tidy/project-files.ts';
import { breaches, misnumbered, rules } from '../tidy/rules.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const pem = ['-----BEGIN RSA PRIVATE', 'KEY-----'].join(' ');

/** Lines that break each rule, and lines like them that do not. */
const samples: Readonly<
  Record<
    string,
    { readonly bad: readonly [string, string][]; readonly good: readonly [string, string][] }
  >
> = {
  'nothing unfinished, and no test alone': {
    bad: [
      ['src/a.ts', '// ' + 'FIX' + 'ME: later'],
      ['test/a.test.ts', 'it.' + "only('works', () => {});"],
      ['test/a.test.ts', 'describe.' + "only('it', () => {});"],
      ['test/a.test.ts', "it('works', { on" + 'ly: true }, () => {});'],
    ],
    good: [['src/a.ts', 'the only: one']],
  },
  'one file alone reads the environment': {
    bad: [
      ['src/a.ts', 'const home = process.env.HOME;'],
      ['src/start.mjs', "const home = process['env'].HOME;"],
    ],
    good: [
      ['src/config/env.ts', 'environment = process.env'],
      ['test/a.test.ts', 'process.env'],
      ['src/a.ts', 'process.environment'],
    ],
  },
  'time comes in as an argument': {
    bad: [
      ['src/a.ts', 'const now = Date.now();'],
      ['src/a.ts', 'const now = new Date();'],
      ['src/a.ts', 'clock(Date.now)'],
    ],
    good: [
      ['src/a.ts', 'new Date(time + 1_000)'],
      ['src/shared/clock.ts', 'new Date()'],
      ['src/simulator/vipps/simulator-clock.ts', 'Date.now()'],
      ['test/a.test.ts', 'Date.now()'],
    ],
  },
  'no card number but in tests and simulators': {
    bad: [
      ['src/a.ts', "const pan = '4111111111111111';"],
      ['README.md', 'pay with 4111 1111 1111 1111'],
      ['README.md', 'pay with 5555-5555-5555-4444 now'],
      ['db/seed.sql', '6703444444444449'],
    ],
    good: [
      ['test/a.test.ts', '4111111111111111'],
      ['src/simulator/acquirer/test-cards.ts', '4111111111111111'],
      ['src/a.ts', '4111111111111112'],
      ['src/a.ts', '12345678901234567890123'],
      ['src/a.ts', '0.4111111111111111'],
    ],
  },
  'no private key but the worthless ones': {
    bad: [
      ['keys/README.md', pem],
      ['test/a.test.ts', pem],
    ],
    good: [
      ['keys/test/a.pem', pem],
      ['README.md', 'a PRIVATE KEY is kept here'],
    ],
  },
  'nothing of the place where this was written': {
    bad: [
      ['README.md', 'look into /wo' + 'rk/main'],
      ['src/a.ts', '// /tmp/bash' + '_jobs'],
      ['README.md', 'see deci' + 'sions.md, A4'],
      ['.npmrc', 'regis' + 'try=https://regis' + 'try.example.com/'],
      ['README.md', 'as HEL' + 'PER.md says'],
    ],
    good: [
      ['README.md', 'how it does its work/rest'],
      ['src/a.ts', 'https://api.vipps.no/home'],
      ['.npmrc', 'omit-lockfile-registry-resolved=true'],
    ],
  },
  'documents name no neighbour of the project': {
    bad: [['README.md', 'see ../sha' + 'red/design']],
    good: [['src/a/b.ts', "import { Secret } from '../shared/secret.ts';"]],
  },
};

describe('the project', () => {
  it('breaks none of its rules', async () => {
    const files = await projectFiles(root);

    assert.ok(files.some(({ path }) => path === 'src/config/env.ts'));
    assert.ok(files.some(({ path }) => path === 'test/unit/tidy.test.ts'));
    assert.deepEqual(files.flatMap(breaches), []);
  });

  it('numbers its migrations without gap', async () => {
    const names = await readdir(`${root}/db/migrations`);

    assert.ok(names.length > 0);
    assert.deepEqual(misnumbered(names), []);
  });

  it('has a lock file that npm ci takes, from wherever the packages come', async () => {
    const lock = JSON.parse(await readFile(`${root}/package-lock.json`, 'utf8')) as LockFile;

    assert.ok(Object.keys(lock.packages).length > 100);
    assert.deepEqual(faultsOf(lock), []);
  });
});

describe('the rules', () => {
  for (const { name } of rules) {
    const { bad, good } = samples[name] ?? { bad: [], good: [] };

    it(`see what breaks this one: ${name}`, () => {
      assert.ok(bad.length > 0, 'a rule without a sample is not known to work');
      for (const [path, text] of bad) {
        assert.deepEqual(breaches({ path, text: `first\n${text}` }), [`${path}:2 ${name}`], text);
      }
    });

    it(`see what only looks like it: ${name}`, () => {
      for (const [path, text] of good) assert.deepEqual(breaches({ path, text }), [], text);
    });
  }

  it('see a gap, a twin and a name without a number among the migrations', () => {
    assert.deepEqual(misnumbered(['0001_a.sql', '0002_b.sql']), []);
    assert.deepEqual(misnumbered(['0001_a.sql', '0003_c.sql']), ['0003_c.sql']);
    assert.deepEqual(misnumbered(['0001_a.sql', '0001_b.sql']), ['0001_b.sql']);
    assert.deepEqual(misnumbered(['first.sql']), ['first.sql']);
  });

  it('see a package that is not locked, and an address in the lock file', () => {
    const inner = {
      dependencies: { b: '1' },
      optionalDependencies: { 'c-for-another-platform': '1' },
    };

    assert.deepEqual(
      faultsOf({
        packages: {
          '': { dependencies: { a: '1' }, devDependencies: { absent: '1' } },
          'node_modules/a': inner,
          'node_modules/a/node_modules/b': { dependencies: { a: '1', d: '1' } },
          'node_modules/d': { resolved: 'https://example.com/d.tgz' },
        },
      }),
      [
        'the project asks for absent, which is not locked',
        'node_modules/a asks for c-for-another-platform, which is not locked',
        'node_modules/d has an address',
      ],
    );
  });
});
