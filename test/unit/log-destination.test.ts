import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { logDestination } from '../../src/log-destination.ts';

/** A file on which every write fails for want of room, where the system has one. */
const fullDisk = '/dev/full';

describe('where the log goes', () => {
  it('has every line, in order', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'log-'));
    const file = path.join(directory, 'log');
    const fd = openSync(file, 'w');
    const destination = logDestination(fd);
    const log = pino({ base: null, timestamp: false }, destination);

    for (let n = 0; n < 1_000; n += 1) log.info({ n });
    destination.flushSync();

    const lines = readFileSync(file, 'utf8').trim().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { n: number }).n),
      Array.from({ length: 1_000 }, (_, n) => n),
    );
    closeSync(fd);
    await rm(directory, { recursive: true });
  });

  it(
    'harms nobody when its disk is full, and keeps no more than it may',
    { skip: existsSync(fullDisk) ? false : `this system has no ${fullDisk}` },
    async () => {
      const fd = openSync(fullDisk, 'w');
      const destination = logDestination(fd);
      const log = pino({}, destination);
      const failed = once(destination, 'error');
      let dropped = 0;
      destination.on('drop', () => (dropped += 1));
      const line = 'x'.repeat(64 * 1024);

      log.info('the first');
      await failed;
      for (let n = 0; n < 100; n += 1) log.info(line);
      destination.flushSync();

      assert.ok(dropped >= 30, `${dropped} of 100 lines of 64 KB were dropped`);
      closeSync(fd);
    },
  );
});
