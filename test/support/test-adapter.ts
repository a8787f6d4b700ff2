import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadKeyRing } from '../../src/card-data/key-ring.ts';
import { type Adapter, composeAdapter } from '../../src/composition/compose-adapter.ts';
import { type Parts } from '../../src/composition/parts.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { silentLog } from '../../src/shared/log.ts';
import { type ScriptedAcquirer, scriptedAcquirer } from './scripted-acquirer.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';
import { testSettings, unusedPspApi } from './test-settings.ts';
import { pspKeys } from './vipps-callback.ts';

/** The whole adapter on a database of its own, with an acquirer that does what the test says. */
export interface TestAdapter extends Adapter {
  readonly database: TestDatabase['database'];
  readonly databaseUrl: string;
  readonly acquirer: ScriptedAcquirer;
}

/** Deadlines run at a tenth: 1.5 s is Vipps' patience here. */
export async function startTestAdapter(overrides: Partial<Parts> = {}): Promise<TestAdapter> {
  const own = await createTestDatabase();
  const keysDirectory = await mkdtemp(path.join(tmpdir(), 'keys-'));
  await writeFile(
    path.join(keysDirectory, '20260101T000000Z-test.pem'),
    pspKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    { mode: 0o600 },
  );
  const acquirer = scriptedAcquirer();
  const adapter = await composeAdapter({
    database: own.database,
    acquirer,
    keyRing: await loadKeyRing({
      directory: keysDirectory,
      oaepHash: 'sha256',
      requirePrivateFiles: true,
    }),
    clock: systemClock,
    log: silentLog,
    pspApi: unusedPspApi(),
    settings: testSettings,
    ...overrides,
  });
  return {
    ...adapter,
    database: own.database,
    databaseUrl: own.url,
    acquirer,
    [Symbol.asyncDispose]: async () => {
      await adapter[Symbol.asyncDispose]();
      await own.drop();
      await rm(keysDirectory, { recursive: true });
    },
  };
}
