import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

const withinMs = 10_000;
const everyMs = 10;

/** Looks again and again until what is read is what is expected; fails with the last thing seen. */
export async function eventually<Value>(
  expected: Value,
  read: () => Promise<Value> | Value,
): Promise<void> {
  const until = performance.now() + withinMs;
  let seen = await read();
  while (!isDeepStrictEqual(seen, expected) && performance.now() < until) {
    await pause(everyMs);
    seen = await read();
  }
  assert.deepEqual(seen, expected);
}
