/** What is of interest in package-lock.json, version 3. */
export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * What `npm ci` would stumble over: a package that is asked for and has no entry, as happens to the
 * optional ones of other platforms when the place that made the file did not offer them; and an
 * address, which binds every later install to that place.
 */
export function faultsOf({ packages }: LockFile): readonly string[] {
  return Object.entries(packages).flatMap(([at, locked]) => [
    ...(locked.resolved === undefined ? [] : [`${at} has an address`]),
    ...Object.keys({
      ...locked.dependencies,
      ...locked.devDependencies,
      ...locked.optionalDependencies,
    })
      .filter((name) => !isLocked(packages, at, name))
      .map((name) => `${at || 'the project'} asks for ${name}, which is not locked`),
  ]);
}

/** Looks where Node looks: in the package's own folder, and in each one that it is in. */
function isLocked(packages: LockFile['packages'], at: string, name: string): boolean {
  for (
    let folder = at;
    ;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))
  ) {
    if (`${folder}${folder && '/'}node_modules/${name}` in packages) return true;
    if (folder === '') return false;
  }
}
