/** The sender of status updates as in production, with a meter of its memory. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { composeStatusUpdates } from '../../src/composition/compose-status-updates.ts';
import { postgresStores } from '../../src/composition/stores.ts';
import { connectDatabase } from '../../src/database/database.ts';
import { createPspApi } from '../../src/psp-api/create-psp-api.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { systemRandom } from '../../src/shared/random.ts';
import { Secret } from '../../src/shared/secret.ts';
import { defaultCredentials } from '../../src/simulator/vipps/settings.ts';
import { settingsFromParent, stopWithParent } from './parent.ts';
import { type SenderFigures, type SenderProgramSettings } from './programs.ts';

const { databaseUrl, vippsUrl } = settingsFromParent() as SenderProgramSettings;
const log = pino({ level: 'info', base: { name: 'vipps-psp-adapter' } });
const clock = systemClock;
const database = connectDatabase({ url: databaseUrl, log });
const pspApi = createPspApi({
  baseUrl: vippsUrl,
  credentials: {
    clientId: defaultCredentials.clientId,
    clientSecret: new Secret<string>(defaultCredentials.clientSecret),
    subscriptionKey: new Secret<string>(defaultCredentials.subscriptionKey),
    pspId: defaultCredentials.pspId,
  },
  clock,
});
const parts = { stores: postgresStores(database), pspApi, clock, random: systemRandom, log };
const { workers } = composeStatusUpdates(
  { ...parts, settings: { statusUpdateSchedule: { kind: 'CONTINUOUS' } } },
  { instanceId: randomUUID() },
);

process.on('message', () => {
  process.send?.(figures());
});
stopWithParent(async () => {
  for (const worker of workers) await worker[Symbol.asyncDispose]();
  await pspApi.close();
  await database.close();
});
process.send?.({ url: vippsUrl });

function figures(): SenderFigures {
  const status = readFileSync('/proc/self/status', 'utf8');
  return { residentMb: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024 };
}
