import { lstatSync } from 'node:fs';
import { lchown, readdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { messageOf } from '../../shared/errors.ts';
import { EmbeddedPostgresFailed } from './embedded-postgres-failed.ts';
import { type PostgresBinaries } from './locate-binaries.ts';
import { runProgram } from './run-program.ts';

/** PostgreSQL refuses to run as root; this is the user "nobody" on every Linux we know. */
const nobody = 65534;

export type RunAsName = 'self' | 'user-namespace' | 'setpriv';

/** A way to start PostgreSQL's programs as somebody whom they accept. */
export type RunAs = {
  readonly name: RunAsName;
  readonly prefix: readonly string[];
  /** Who must own the data directory for this way to work. */
  readonly owner: number | undefined;
};

const ourselves = process.geteuid?.();

const self: RunAs = { name: 'self', prefix: [], owner: ourselves };

/** Nobody inside, ourselves outside: files stay ours, and the checkout may be in a closed folder. */
const userNamespace: RunAs = {
  name: 'user-namespace',
  prefix: ['unshare', '--user', `--map-user=${nobody}`, `--map-group=${nobody}`],
  owner: ourselves,
};

/**
 * Nobody inside and outside; the one capability that is kept lets it reach a closed folder.
 * Without the securebit, access() ignores that capability and initdb finds an "invalid binary".
 */
const setpriv: RunAs = {
  name: 'setpriv',
  prefix: [
    'setpriv',
    `--reuid=${nobody}`,
    `--regid=${nobody}`,
    '--clear-groups',
    '--inh-caps=-all,+dac_override',
    '--ambient-caps=-all,+dac_override',
    '--securebits=+no_setuid_fixup',
  ],
  owner: nobody,
};

function waysFor(user: number | undefined): readonly RunAs[] {
  if (user === 0) return [userNamespace, setpriv];
  return hasName() ? [self] : [userNamespace];
}

/** initdb refuses a user that is a number only, as containers are often told to run. */
function hasName(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

export type RunAsQuestion = {
  readonly binaries: PostgresBinaries;
  readonly directory: string;
  readonly cluster: string;
  readonly env: NodeJS.ProcessEnv | undefined;
  /** Only these ways; for tests, which cannot take user namespaces away from a machine. */
  readonly allowed?: readonly RunAsName[] | undefined;
};

/**
 * Finds out, by trying, how PostgreSQL can be run here, and gives it the data directory.
 *
 * An ordinary user runs it as itself, or in a user namespace when it has no name. Root takes a user
 * namespace where those are permitted, and setpriv where they are not. Throws
 * EmbeddedPostgresFailed where none works.
 */
export async function chooseRunAs(question: RunAsQuestion): Promise<RunAs> {
  const reasons: string[] = [];
  for (const way of waysFor(ourselves)) {
    if (way.name === 'self') return way;
    if (question.allowed && !question.allowed.includes(way.name)) continue;
    const reason = await whyNot(way, question);
    if (reason === undefined) return way;
    reasons.push(`${way.name}: ${reason}`);
  }
  throw new EmbeddedPostgresFailed(
    `PostgreSQL does not run as root or as a user without a name, and no way to run it as another works here (${reasons.join('; ')}). Start as an ordinary user.`,
  );
}

async function whyNot(way: RunAs, question: RunAsQuestion): Promise<string | undefined> {
  // Before anything is given away: another copy's server may be running on it.
  const denied = await tryOut(way, question, ['/bin/sh', '-c', 'true']);
  if (denied !== undefined) return denied;
  try {
    await giveTo(question.cluster, way.owner);
  } catch (error) {
    return messageOf(error);
  }
  const { postgres } = question.binaries;
  const works = '"$0" --version && test -w "$1"';
  return tryOut(way, question, ['/bin/sh', '-c', works, postgres, question.directory]);
}

async function tryOut(
  way: RunAs,
  { env }: RunAsQuestion,
  [program, ...args]: readonly [string, ...string[]],
): Promise<string | undefined> {
  const { exitCode, output } = await runProgram(...commandOf(way, program, args), {
    env,
    msMax: 10_000,
  });
  return exitCode === 0 ? undefined : output.trim() || `exit code ${String(exitCode)}`;
}

/** The top comes last, so that an interrupted change of owner is noticed and done again. */
async function giveTo(cluster: string, owner: number | undefined): Promise<void> {
  const present = lstatSync(cluster, { throwIfNoEntry: false });
  if (owner === undefined || present === undefined || present.uid === owner) return;
  for (const entry of await readdir(cluster, { recursive: true })) {
    await lchown(path.join(cluster, entry), owner, owner).catch(unlessGone);
  }
  await lchown(cluster, owner, owner);
}

/** A server that is just leaving removes its files. */
function unlessGone(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

/** Program and arguments, ready for spawn. */
export function commandOf(
  runAs: RunAs,
  program: string,
  args: readonly string[],
): readonly [string, readonly string[]] {
  const [first = program, ...rest] = [...runAs.prefix, program, ...args];
  return [first, rest];
}
