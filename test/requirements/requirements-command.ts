/**
 * `npm run requirements`: every requirement with the tests whose titles carry its number, and those
 * left out with the reason. Ends with 1 when one has neither.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cover, report } from './cover.ts';
import { findTitles } from './find-titles.ts';
import { leftOut, requirements } from './requirement-list.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The tests of this very program have samples of titles in them. */
const itself = path.join('unit', 'requirements');

const files = (await readdir(path.join(root, 'test'), { recursive: true }))
  .filter((file) => file.endsWith('.test.ts') && !file.startsWith(itself))
  .map((file) => path.posix.join('test', file));
const titles = await Promise.all(
  files.sort().map(async (file) => findTitles(file, await readFile(path.join(root, file), 'utf8'))),
);
const coverage = cover(requirements, leftOut, titles.flat());

console.log(report(coverage).join('\n'));
process.exitCode = coverage.missing.length + coverage.unknown.length > 0 ? 1 : 0;
