/** The adapter as in production, with two meters in its process: memory and the event loop. */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pino } from 'pino';
import { createHttpAcquirer } from '../../src/acquirer/http-acquirer/http-acquirer.ts';
import { loadKeyRing } from '../../src/card-data/key-ring.ts';
import { composeAdapter } from '../../src/composition/compose-adapter.ts';
import { connectDatabase } from '../../src/database/database.ts';
import { listen } from '../../src/http/listener.ts';
import { logDestination } from '../../src/log-destination.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { testSettings, unusedPspApi } from '../support/test-settings.ts';
import { settingsFromParent, stopWithParent } from './parent.ts';
import { type AdapterFigures, type AdapterProgramSettings } from './programs.ts';

const { databaseUrl, acquirerUrl, keysDirectory } = settingsFromParent() as AdapterProgramSettings;
const log = pino({ level: 'info', base: { name: 'vipps-psp-adapter' } }, logDestination(1));
const clock = systemClock;
const database = connectDatabase({ url: databaseUrl, log });
const acquirer = createHttpAcquirer({ baseUrl: acquirerUrl, clock });
const adapter = await composeAdapter({
  database,
  acquirer,
  keyRing: await loadKeyRing({
    directory: keysDirectory,
    oaepHash: 'sha256',
    requirePrivateFiles: true,
    log,
  }),
  clock,
  log,
  pspApi: unusedPspApi(),
  settings: { ...testSettings, deadlineScale: 1, acquirerProcessingMsMax: 60_000 },
});
const listener = await listen({ host: '127.0.0.1', port: 0, portVariable: 'PUBLIC_PORT' });
listener.serve(adapter.publicApp);
const loop = monitorEventLoopDelay({ resolution: 1 });

process.on('message', (word) => {
  // The meter wakes the loop a thousand times a second: it runs only where it is read.
  if (word === 'reset') {
    loop.enable();
    loop.reset();
  }
  process.send?.(figures());
});

stopWithParent(async () => {
  await listener.close(0);
  await adapter[Symbol.asyncDispose]();
  await acquirer.close();
  await database.close();
});
process.send?.({ url: listener.url });

function figures(): AdapterFigures {
  return {
    residentMb: peakResidentBytes() / 1024 ** 2,
    loopP999Ms: loop.percentile(99.9) / 1e6,
    loopMaxMs: loop.max / 1e6,
  };
}

/** What getrusage tells would count what the process was before it became this program. */
function peakResidentBytes(): number {
  try {
    const status = readFileSync('/proc/self/status', 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
