import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** Programs of their own, with commands of their own. */
const notForNpmTest = ['faults', 'bench'];

/**
 * The compiled test files, chosen by parts of their names; all of them when none is given.
 *
 * They are found by their sources: a test that was renamed or removed leaves its compiled file
 * behind. Throws when a part matches no file, so that a run without tests is never a success.
 */
export async function findTestFiles(
  root: string,
  parts: readonly string[],
): Promise<readonly string[]> {
  const sources = (await readdir(path.join(root, 'test'), { recursive: true }))
    .filter((file) => file.endsWith('.test.ts'))
    .filter((file) => !notForNpmTest.includes(file.split(path.sep)[0] ?? ''))
    .sort();
  for (const part of parts) {
    if (!sources.some((file) => file.includes(part))) throw new Error(`No test file has "${part}"`);
  }
  const chosen = sources.filter(
    (file) => parts.length === 0 || parts.some((part) => file.includes(part)),
  );
  if (chosen.length === 0) throw new Error('There are no tests');
  return chosen.map((file) => compiled(root, file));
}

function compiled(root: string, source: string): string {
  const file = path.join(root, 'dist', 'test', source.replace(/\.ts$/, '.js'));
  if (!existsSync(file)) throw new Error(`${source} is not compiled: run npm run build`);
  return file;
}
