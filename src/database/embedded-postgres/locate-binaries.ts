import { createRequire } from 'node:module';
import path from 'node:path';
import { EmbeddedPostgresFailed } from './embedded-postgres-failed.ts';

export type PostgresBinaries = {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  /** The package's own folder: the paths in its list of links are relative to it. */
  readonly packageDirectory: string;
};

/**
 * Finds the binaries that the optional dependency for this platform brought.
 *
 * Throws EmbeddedPostgresFailed where there are none for the platform, or where they were not
 * installed.
 */
export function locateBinaries(
  platform: NodeJS.Platform = process.platform,
  arch: string = process.arch,
): PostgresBinaries {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;
  const packageDirectory = path.resolve(path.dirname(entryOf(name)), '..');
  const suffix = platform === 'win32' ? '.exe' : '';
  const binary = (program: string) =>
    path.join(packageDirectory, 'native', 'bin', `${program}${suffix}`);

  return {
    initdb: binary('initdb'),
    postgres: binary('postgres'),
    pgCtl: binary('pg_ctl'),
    packageDirectory,
  };
}

function entryOf(name: string): string {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new EmbeddedPostgresFailed(
      `The embedded PostgreSQL (${name}) is not installed: it is an optional dependency, and exists for Linux with glibc, macOS and Windows. Run npm ci without --omit=optional.`,
      { cause },
    );
  }
}
