import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cover, report } from '../../requirements/cover.ts';
import { findTitles } from '../../requirements/find-titles.ts';
import { leftOut, requirements } from '../../requirements/requirement-list.ts';

const two = { R1: 'a first thing', R2: 'a second thing' };

describe('the titles in a test file', () => {
  it('are found in any quotes, and on the line below', () => {
    const source = [
      `describe('a group', () => {`,
      `  it("it's one", () => {});`,
      '  it(`two ${what}`, () => {});',
      `  it(\n    'three \\'quoted\\'',\n    () => {},\n  );`,
    ].join('\n');

    const titles = findTitles('a.test.ts', source).map(({ title }) => title);

    assert.deepEqual(titles, ['a group', "it's one", 'two ${what}', "three 'quoted'"]);
  });

  it('that begin with what a table puts in are known by the numbers in the table', () => {
    const source = [
      `const shows = { YES: 'R7 R8', NO: 'as ever' };`,
      'it(`${shows[state]} a ${state} ends it`, () => {});',
      `const codes = ['R9'];`,
      'it(`reads ${code}`, () => {});',
    ].join('\n');

    const titles = findTitles('a.test.ts', source).map(({ title }) => title);

    assert.ok(titles.includes('R7 R8 a ${state} ends it'));
    assert.ok(!titles.some((title) => title.includes('R9')));
  });

  it('are not those of skipped tests', () => {
    assert.deepEqual(findTitles('a.test.ts', `it.skip('later', () => {});`), []);
  });
});

describe('the coverage of requirements', () => {
  it('counts one title for every number that it carries', () => {
    const { requirements: covered, missing } = cover(two, {}, [
      { file: 'a.test.ts', title: 'R1 R2 does both' },
    ]);

    assert.deepEqual(missing, []);
    assert.deepEqual(
      covered.map(({ tests }) => tests.length),
      [1, 1],
    );
  });

  it('does not take one number for another that begins with it', () => {
    const { missing } = cover(two, {}, [{ file: 'a.test.ts', title: 'R22 is another' }]);

    assert.deepEqual(missing, ['R1', 'R2']);
  });

  it('says which has neither a test nor a reason', () => {
    const coverage = cover(two, { R1: 'comes later' }, []);

    assert.deepEqual(coverage.missing, ['R2']);
    assert.ok(report(coverage).includes('       left out: comes later'));
    assert.ok(report(coverage).includes('Neither a test nor a reason: R2'));
  });

  it('shows no reason where there are tests', () => {
    const coverage = cover(two, { R1: 'comes later', R2: 'comes later' }, [
      { file: 'a.test.ts', title: 'R1 is done' },
    ]);

    assert.equal(coverage.requirements[0]?.reason, undefined);
    assert.equal(report(coverage).at(-1), '1 shown by tests, 1 left out with a reason, 0 missing');
  });

  it('says which number in a title is none', () => {
    const { unknown } = cover(two, {}, [{ file: 'a.test.ts', title: 'R99 is a slip' }]);

    assert.deepEqual(unknown, ['R99']);
  });
});

describe('the list of requirements', () => {
  it('is in order of its numbers', () => {
    const numbers = Object.keys(requirements).map((id) => Number(id.slice(1)));

    assert.deepEqual(
      numbers,
      numbers.toSorted((left, right) => left - right),
    );
  });

  it('excuses none of those that the first release is held to, but for the rails to come', () => {
    const held = (number: number) =>
      number <= 46 || (number >= 80 && number <= 82) || number === 85;

    const excused = Object.keys(leftOut).filter((id) => held(Number(id.slice(1))));

    assert.deepEqual(excused, ['R24']);
  });
});
