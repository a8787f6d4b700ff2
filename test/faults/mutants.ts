import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { noFigures } from './figures.ts';
import { type Options } from './options.ts';
import { type Outcome } from './outcome.ts';
import { runSeeds } from './seeds.ts';
import { inParallel, startTally } from './tally.ts';

/** From dist/test/faults. */
const root = fileURLToPath(new URL('../../..', import.meta.url));
const patches = path.join(root, 'test/simulation/mutants');
const seedsMax = 600;
const width = 2;

/**
 * Bugs that somebody could have written, one at a time: the simulation has to find each of them. A
 * simulation that finds nothing may be blind; this shows that it sees.
 */
export async function runMutants(options: Options): Promise<Outcome> {
  const tally = startTally();
  const names = (await readdir(patches)).filter((name) => name.endsWith('.patch')).sort();
  const chosen = names.filter((name) => name.includes(options.point ?? ''));
  await inParallel(width, chosen, (name) =>
    tally.run(name, `--only mutants --point ${name}`, async () => {
      const found = await findMutant(name, options);
      console.log(`  ${name}: ${found ?? 'NOT FOUND'}`);
      const blind = `${seedsMax} seeds did not find this bug`;
      return { ...noFigures(), violations: found === undefined ? [blind] : [] };
    }),
  );
  return tally.outcome();
}

/** What the first seed that notices the bug says of it. */
async function findMutant(name: string, { seed: from }: Options): Promise<string | undefined> {
  const directory = await mkdtemp(path.join(root, 'dist/mutant-'));
  try {
    // The adapter and its tests as they are built, but for the files that the patch changes.
    await mkdir(path.join(directory, 'test'));
    for (const part of ['src', 'test/simulation', 'test/support', 'test/faults'])
      await cp(path.join(root, 'dist', part), path.join(directory, part), { recursive: true });
    await applyPatch(name, directory);
    const mutated = path.join(directory, worker);
    for (let next = from; next < from + seedsMax;) {
      const found = await firstFinding(mutated, { from: next, below: from + seedsMax });
      if (found === undefined) return undefined;
      // What the seed finds in the sources as they are is no work of the bug.
      const { seed, violation } = found;
      const asIs = path.join(root, 'dist', worker);
      if ((await firstFinding(asIs, { from: seed, below: seed + 1 })) === undefined) {
        return `seed ${seed}: ${violation}`;
      }
      next = seed + 1;
    }
    return undefined;
  } finally {
    await rm(directory, { recursive: true });
  }
}

const worker = 'test/simulation/seeds-worker.js';

async function firstFinding(program: string, seeds: { from: number; below: number }) {
  let found: { readonly seed: number; readonly violation: string } | undefined;
  await runSeeds({
    ...seeds,
    every: 1,
    untilFound: true,
    program: pathToFileURL(program),
    each: (seed, { violations: [violation] }) => {
      if (violation !== undefined) found ??= { seed, violation };
    },
  });
  return found;
}

/** @throws when the sources have changed so much that the patch says nothing any more. */
async function applyPatch(name: string, directory: string): Promise<void> {
  const text = await readFile(path.join(patches, name), 'utf8');
  const files = [...text.matchAll(/^\+\+\+ b\/(\S+)/gm)].map(([, file = '']) => file);
  const sources = path.join(directory, 'sources');
  for (const file of files) await cp(path.join(root, file), path.join(sources, file));
  const into = `--directory=${path.relative(root, sources)}`;
  await promisify(execFile)('git', ['apply', '-C1', into, path.join(patches, name)], {
    cwd: root,
  }).catch((error: unknown) => {
    throw new Error(`${name} no longer applies: write the bug anew (${String(error)})`);
  });
  for (const file of files) {
    const { outputText } = ts.transpileModule(await readFile(path.join(sources, file), 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    });
    await writeFile(path.join(directory, file.replace(/\.ts$/, '.js')), outputText);
  }
}
