import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Adapter } from './programs.ts';

/** Shorter texts would be found by chance. */
const secretLengthMin = 12;

/** How a secret looks after being written in base64 at any place, in hex, or in a URL. */
function guisesOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const inBase64 = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    // The characters at both ends depend on the neighbours.
    const certain = text.slice(Math.ceil((offset * 4) / 3), -4);
    return [certain, certain.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const hex = bytes.toString('hex');
  return [secret, encodeURIComponent(secret), ...inBase64, hex, hex.toUpperCase()].filter(
    (guise) => guise.length >= secretLengthMin,
  );
}

/** Where any of the secrets stands in the text, by name: the secrets themselves are not repeated. */
export function leaksIn(
  text: string,
  secrets: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  return Object.entries(secrets).flatMap(([name, values]) =>
    values.some((value) => guisesOf(value).some((guise) => text.includes(guise))) ? [name] : [],
  );
}

/**
 * All that the adapter has logged, and its simulators. The greeting that tells a person at the
 * terminal the sandbox's credentials is no log: its lines are not JSON.
 */
export async function logsOf(adapter: Adapter): Promise<string> {
  const lines = adapter.stdout().split('\n');
  const logged = lines.filter((line) => line.startsWith('{'));
  const files = (await readdir(adapter.dataDirectory)).filter((name) => name.endsWith('.log'));
  const simulators = await Promise.all(
    files.map((name) => readFile(path.join(adapter.dataDirectory, name), 'utf8')),
  );
  return [...logged, adapter.stderr(), ...simulators].join('\n');
}
