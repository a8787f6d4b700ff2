/**
 * Loaded into the adapter before it starts (`--import`): on SIGUSR2 it collects garbage and writes
 * a heap snapshot to HEAP_SNAPSHOT_FILE. What HEAP_PLANTED holds stays in the heap, where a search
 * must find it.
 */
import { renameSync } from 'node:fs';
import { setFlagsFromString, writeHeapSnapshot } from 'node:v8';
import { runInNewContext } from 'node:vm';

// Strings are cut at 1,024 characters otherwise: a leak further on would not be seen.
setFlagsFromString('--heap-snapshot-string-limit=100000000');
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const planted = globalThis as { plantedInTheHeap?: string };
// One piece: a text that was only put together would lie there in its parts.
planted.plantedInTheHeap = Buffer.from(
  `${'x'.repeat(5_000)} ${process.env['HEAP_PLANTED'] ?? ''}`,
).toString('latin1');
delete process.env['HEAP_PLANTED'];

process.on('SIGUSR2', () => {
  collectGarbage();
  collectGarbage();
  const file = process.env['HEAP_SNAPSHOT_FILE'] ?? '';
  // Numbers too: one of sixteen digits is exact.
  writeHeapSnapshot(`${file}.part`, { exposeNumericValues: true, exposeInternals: true });
  renameSync(`${file}.part`, file);
});
