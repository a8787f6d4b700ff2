import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readlink, rename, symlink } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { type PostgresBinaries } from './locate-binaries.ts';

const linkList = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Makes the shared libraries findable and returns the folders to search, as a path list, or
 * undefined where nothing is missing.
 *
 * The package cannot carry symbolic links, so a script makes them after the install; with
 * `npm ci --ignore-scripts` it never ran. The links are made in a folder of ours, because
 * node_modules may be read-only or shared with another copy.
 */
export async function linkLibraries(
  binaries: PostgresBinaries,
  directory: string,
): Promise<string | undefined> {
  const { packageDirectory } = binaries;
  const links = await readLinks(packageDirectory);
  if (links.every(({ target }) => existsSync(path.join(packageDirectory, target)))) {
    return undefined;
  }

  await mkdir(directory, { recursive: true, mode: 0o755 });
  for (const { source, target } of links) {
    const link = path.join(directory, path.basename(target));
    await pointLink(link, path.join(packageDirectory, source));
  }
  // A library that is found by way of a link looks for its own beside the link.
  return [directory, path.join(packageDirectory, 'native', 'lib')].join(path.delimiter);
}

async function readLinks(packageDirectory: string): Promise<z.infer<typeof linkList>> {
  const list = path.join(packageDirectory, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  return linkList.parse(JSON.parse(await readFile(list, 'utf8')));
}

/** By way of a rename, so that a copy that starts at the same moment always finds a whole link. */
async function pointLink(link: string, to: string): Promise<void> {
  const present = await readlink(link).catch(() => undefined);
  if (present === to) return;
  const fresh = `${link}.${randomUUID()}`;
  await symlink(to, fresh);
  await rename(fresh, link);
}
