import { lstatSync } from 'node:fs';
import { lchown, readdir } from 'node:fs/promises';
import path from 'node:path';
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

const self: RunAs = { name: 'self', prefix: [], owner: process.geteuid?.() };

const waysOfRoot: readonly RunAs[] = [
  // Nobody inside, root outside: files stay root's, and the checkout may be in a closed folder.
  {
    name: 'user-namespace',
    prefix: ['unshare', '--user', `--map-user=${nobody}`, `--map-group=${nobody}`],
    owner: 0,
  },
  // Nobody inside and outside; the one capability that is kept lets it reach a closed folder.
  // Without the securebit, access() ignores that capability and initdb finds an "invalid binary".
  {
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
  },
];

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
 * An ordinary user runs it as itself. Root takes a user namespace where those are permitted, and
 * setpriv where they are not. Throws EmbeddedPostgresFailed where none works.
 */
export async function chooseRunAs(question: RunAsQuestion): Promise<RunAs> {
  if (self.owner !== 0) return self;
  const reasons: string[] = [];
  for (const way of waysOfRoot) {
    if (question.allowed && !question.allowed.includes(way.name)) continue;
    const reason = await whyNot(way, question);
    if (reason === undefined) return way;
    reasons.push(`${way.name}: ${reason}`);
  }
  throw new EmbeddedPostgresFailed(
    `PostgreSQL does not run as root, and no way to run it as another user works here (${reasons.join('; ')}). Start as an ordinary user.`,
  );
}

async function whyNot(way: RunAs, question: RunAsQuestion): Promise<string | undefined> {
  try {
    await giveTo(question.cluster, way.owner);
  } catch (error) {
    return String(error);
  }
  // Whether the binary runs and the folder can be written are two questions, asked at once.
  const { exitCode, output } = await runProgram(
    way.prefix[0] ?? '',
    [
      ...way.prefix.slice(1),
      '/bin/sh',
      '-c',
      '"$0" --version && test -w "$1"',
      question.binaries.postgres,
      question.directory,
    ],
    { env: question.env, msMax: 10_000 },
  );
  return exitCode === 0 ? undefined : output.trim() || `exit code ${String(exitCode)}`;
}

/** The top comes last, so that an interrupted change of owner is noticed and done again. */
async function giveTo(cluster: string, owner: number | undefined): Promise<void> {
  const present = lstatSync(cluster, { throwIfNoEntry: false });
  if (owner === undefined || present === undefined || present.uid === owner) return;
  const entries = await readdir(cluster, { recursive: true });
  for (const entry of entries) await lchown(path.join(cluster, entry), owner, owner);
  await lchown(cluster, owner, owner);
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
