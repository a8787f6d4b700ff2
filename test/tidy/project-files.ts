import { type Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type ProjectFile } from './rules.ts';

/** What is installed, made or kept by a running adapter; git ignores it too. */
const notOurs = new Set(['.git', '.data', 'coverage', 'dist', 'node_modules', 'package-lock.json']);

/**
 * The files of the project, found without git: a copy of the sources is checked like a clone.
 * Private keys in keys/, .env and logs are a person's own.
 */
export async function projectFiles(root: string, folder = ''): Promise<readonly ProjectFile[]> {
  const entries = await readdir(path.join(root, folder), { withFileTypes: true });
  const found = await Promise.all(
    entries
      .filter(({ name }) => !isSomebodysOwn(folder, name))
      .map((entry) => {
        const below = path.posix.join(folder, entry.name);
        return entry.isDirectory() ? projectFiles(root, below) : readIfFile(root, below, entry);
      }),
  );
  return found.flat();
}

function isSomebodysOwn(folder: string, name: string): boolean {
  if (folder === 'keys') return !['README.md', 'test'].includes(name);
  return notOurs.has(name) || name === '.env' || name.endsWith('.log');
}

async function readIfFile(
  root: string,
  file: string,
  entry: Dirent,
): Promise<readonly ProjectFile[]> {
  if (!entry.isFile()) return [];
  return [{ path: file, text: await readFile(path.join(root, file), 'utf8') }];
}
