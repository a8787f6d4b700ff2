import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { guisesOf } from './guises.ts';
import { type Adapter } from './programs.ts';

export type Secrets = Readonly<Record<string, readonly string[]>>;

/** Looks through bytes for all of the secrets at once, and names those that it finds. */
export type Search = (bytes: Buffer) => readonly string[];

interface Guise {
  readonly name: string;
  readonly bytes: Buffer;
}

/**
 * One pass over the bytes, however many secrets there are: whatever is looked for is found by its
 * first bytes.
 */
export function searchFor(secrets: Secrets): Search {
  const byBeginning = new Map<number, Guise[]>();
  const isFirstTwo = new Uint8Array(0x1_0000);
  for (const [name, values] of Object.entries(secrets)) {
    for (const bytes of values.flatMap(guisesOf)) {
      const beginning = bytes.readUIntBE(0, 6);
      isFirstTwo[bytes.readUInt16BE(0)] = 1;
      byBeginning.set(beginning, [...(byBeginning.get(beginning) ?? []), { name, bytes }]);
    }
  }
  return (bytes) => {
    const found = new Set<string>();
    let firstTwo = bytes[0] ?? 0;
    for (let at = 0; at + 6 <= bytes.length; at += 1) {
      firstTwo = ((firstTwo << 8) | (bytes[at + 1] ?? 0)) & 0xffff;
      if (isFirstTwo[firstTwo] === 0) continue;
      for (const guise of byBeginning.get(bytes.readUIntBE(at, 6)) ?? []) {
        const end = at + guise.bytes.length;
        if (guise.bytes.compare(bytes, at, Math.min(end, bytes.length)) === 0)
          found.add(guise.name);
      }
    }
    return [...found].sort();
  };
}

/** Where any of the secrets stands in the text, by name: the secrets themselves are not repeated. */
export function leaksIn(text: string, secrets: Secrets): readonly string[] {
  return searchFor(secrets)(Buffer.from(text, 'utf8'));
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
