// Starts a program of the adapter from a checkout: builds when the compiled files are missing or older
// than their sources, then hands over to the program in this very process, so that signals reach it.
//   start.mjs [<program below dist/src> [<its arguments>]]   the adapter itself where none is named
//   start.mjs --build                                        builds whatever the age of the files
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const stamp = path.join(root, 'dist', 'tsconfig.tsbuildinfo');
const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');

/** Whether any source is newer than the last build. */
function isStale() {
  if (!existsSync(stamp)) return true;
  const builtAt = statSync(stamp).mtimeMs;
  const sources = readdirSync(path.join(root, 'src'), { recursive: true })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.join(root, 'src', file));
  return [...sources, path.join(root, 'tsconfig.json')].some(
    (file) => statSync(file).mtimeMs > builtAt,
  );
}

/** Compiles. Where there is no compiler (production dependencies only) there is nothing to do. */
function build() {
  if (!existsSync(compiler)) return;
  const { status } = spawnSync(process.execPath, [compiler, '-p', root], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  // The compiler leaves its record alone when nothing changed; its age is what we go by.
  const now = new Date();
  if (existsSync(stamp)) utimesSync(stamp, now, now);
}

const [program = 'main.js'] = process.argv.splice(2, 1);
if (program === '--build') build();
else {
  if (isStale()) {
    // On standard error: what some programs print is for other programs to read.
    console.error('Compiling, which takes a moment and happens once…');
    build();
  }
  await import(path.join(root, 'dist', 'src', program));
}
