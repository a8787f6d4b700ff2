import { parseArgs } from 'node:util';
import { type Env } from '../config/env.ts';
import { type Clock } from '../shared/clock.ts';
import { AdapterError, messageOf } from '../shared/errors.ts';
import { Secret } from '../shared/secret.ts';
import { listKeys, renderKeys } from './list-keys.ts';
import { makeKey, usualBits } from './make-key.ts';
import { publicKeyOfNewest } from './public-key-of-newest.ts';
import { retireKey } from './retire-key.ts';

export interface KeysCommand {
  readonly commandLine: readonly string[];
  readonly readEnvironment: () => Pick<Env, 'KEYS_DIR' | 'KEYS_PASSPHRASE'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** What a program leaves behind: 0 done, 1 could not be done, 2 not understood. */
export interface CommandResult {
  readonly exitCode: 0 | 1 | 2;
  readonly stdout: string;
  readonly stderr: string;
}

const usage = `Usage:
  npm run keys:make -- [--bits 2048|3072|4096]   make a key (encrypted when KEYS_PASSPHRASE is set)
  npm run --silent keys:public                   print the newest key's public half, for Vipps
  npm run keys:list                              list the keys, newest first
  npm run keys:retire -- <kid or file> [--force] put a key out of use
The keys are in KEYS_DIR (keys/).
`;

/** Runs one of the key commands. Never throws. */
export async function runKeysCommand(command: KeysCommand): Promise<CommandResult> {
  try {
    return await run(command);
  } catch (error) {
    if (error instanceof AdapterError) return failed(error.message);
    if (error instanceof Misunderstood) return { exitCode: 2, stdout: '', stderr: error.message };
    return failed(messageOf(error));
  }
}

interface Call {
  readonly directory: string;
  readonly passphrase?: Secret<string>;
  readonly bits: string | undefined;
  readonly force: boolean;
  readonly subject: string | undefined;
  readonly clock: Pick<Clock, 'now'>;
}

class Misunderstood extends Error {}

async function run({ commandLine, readEnvironment, clock }: KeysCommand): Promise<CommandResult> {
  const [name = '', ...rest] = commandLine;
  const call = { ...settingsFrom(readEnvironment()), ...argumentsFrom(rest), clock };
  switch (name) {
    case 'make':
      return make(call);
    case 'public':
      return done(await publicKeyOfNewest(call.directory, call.passphrase));
    case 'list':
      return list(call);
    case 'retire':
      return retire(call);
    default:
      throw new Misunderstood(usage);
  }
}

async function make({ directory, passphrase, bits, clock }: Call): Promise<CommandResult> {
  const made = await makeKey({
    directory,
    bits: bitsFrom(bits),
    clock,
    ...(passphrase && { passphrase }),
  });
  const protection = made.isEncrypted ? 'under KEYS_PASSPHRASE' : 'without a passphrase';
  return done(
    `Made an RSA key of ${made.bits} bits, ${protection}: ${made.path}\n` +
      'Next: send Vipps its public half, which `npm run --silent keys:public` prints. Running ' +
      'adapters take the key up within seconds; keep the old one until Vipps has switched.\n',
  );
}

async function list({ directory, passphrase }: Call): Promise<CommandResult> {
  const { keys, faults } = await listKeys(directory, passphrase);
  const stderr = faults.map(({ fault }) => `${fault}\n`).join('');
  if (keys.length > 0) return { exitCode: 0, stdout: renderKeys(keys), stderr };
  return {
    exitCode: 0,
    stdout: '',
    stderr: `${stderr}No usable key; \`npm run keys:make\` makes one\n`,
  };
}

async function retire({ directory, passphrase, subject, force }: Call): Promise<CommandResult> {
  if (subject === undefined) throw new Misunderstood(usage);
  const retired = await retireKey({
    directory,
    key: subject,
    force,
    ...(passphrase && { passphrase }),
  });
  const newest = retired.wasNewest
    ? 'It was the newest: `npm run keys:public` prints another one now.\n'
    : '';
  return done(
    `Moved to ${retired.movedTo}. Running adapters drop the key within seconds.\n${newest}` +
      'At Vipps: card data encrypted under this key is refused from now on (92, "Unable to ' +
      'decrypt"). If Vipps has not confirmed that it uses a newer one, move the file back.\n' +
      'Destroy the file when nobody can need it any more.\n',
  );
}

function settingsFrom(
  environment: ReturnType<KeysCommand['readEnvironment']>,
): Pick<Call, 'directory' | 'passphrase'> {
  const { KEYS_DIR: directory = 'keys', KEYS_PASSPHRASE: passphrase } = environment;
  return { directory, ...(passphrase !== undefined && { passphrase: new Secret(passphrase) }) };
}

function argumentsFrom(rest: readonly string[]): Pick<Call, 'bits' | 'force' | 'subject'> {
  try {
    const { values, positionals } = parseArgs({
      args: [...rest],
      options: { bits: { type: 'string' }, force: { type: 'boolean' } },
      allowPositionals: true,
    });
    return { bits: values.bits, force: values.force ?? false, subject: positionals[0] };
  } catch (error) {
    throw new Misunderstood(`${messageOf(error)}\n${usage}`);
  }
}

function bitsFrom(text: string | undefined): 2048 | 3072 | 4096 {
  if (text === undefined) return usualBits;
  const bits = ([2048, 3072, 4096] as const).find((allowed) => String(allowed) === text);
  if (!bits) throw new Misunderstood(`--bits is ${text}; expected 2048, 3072 or 4096\n`);
  return bits;
}

function done(stdout: string): CommandResult {
  return { exitCode: 0, stdout, stderr: '' };
}

function failed(message: string): CommandResult {
  return { exitCode: 1, stdout: '', stderr: `${message}\n` };
}
