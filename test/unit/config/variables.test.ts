import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { configFrom } from '../../../src/config/config.ts';
import { readEnv } from '../../../src/config/env.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const textOf = (file: string) => readFileSync(`${root}/${file}`, 'utf8');

const example = textOf('.env.example');
const assignments = [...example.matchAll(/^([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(
  ([, name = '', value = '']) => [name, value] as const,
);

/** Whatever object is asked for names is told of every name: that is how the reader's list is learned. */
function namesThatAreRead(): readonly string[] {
  const asked: string[] = [];
  readEnv(new Proxy({}, { get: (_, name) => void asked.push(String(name)) }));
  return asked.sort();
}

/** The names in the first column of the README's tables. */
function namesInTables(): readonly string[] {
  return [...textOf('README.md').matchAll(/^\| *`([A-Z][A-Z0-9_]*)`/gm)]
    .map(([, name = '']) => name)
    .sort();
}

describe('the variables', () => {
  it('are all in .env.example, once each, and no others are', () => {
    assert.deepEqual(assignments.map(([name]) => name).sort(), namesThatAreRead());
  });

  it('have in .env.example the defaults that the adapter has', () => {
    const fromExample = configFrom(readEnv(Object.fromEntries(assignments)));

    assert.deepEqual(fromExample, configFrom(readEnv({})));
  });

  it(
    'are all in a table of the README, once each, and no others are',
    { skip: !existsSync(`${root}/README.md`) && 'there is no README yet' },
    () => {
      assert.deepEqual(namesInTables(), namesThatAreRead());
    },
  );
});
