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
  /** Straight to the database, whatever the adapter's own way there is. */
  readonly database: TestDatabase['database'];
  readonly databaseUrl: string;
  readonly acquirer: ScriptedAcquirer;
}

export interface TestAdapterOptions extends Partial<Omit<Parts, 'acquirer' | 'settings'>> {
  readonly settings?: Partial<Parts['settings']>;
  readonly acquirer?: ScriptedAcquirer;
  /** Another adapter, or a database, to share a database with; whoever made it drops it. */
  readonly on?: Pick<TestAdapter, 'database' | 'databaseUrl'>;
}

/** Deadlines run at a tenth: 1.5 s is Vipps' patience here. */
export async function startTestAdapter(options: TestAdapterOptions = {}): Promise<TestAdapter> {
  const { on, acquirer = scriptedAcquirer(), settings, ...parts } = options;
  const { database, url, drop } = on ? borrowed(on) : await aDatabaseOfItsOwn();
  const keysDirectory = await mkdtemp(path.join(tmpdir(), 'keys-'));
  await writeFile(
    path.join(keysDirectory, '20260101T000000Z-test.pem'),
    pspKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    { mode: 0o600 },
  );
  const adapter = await composeAdapter({
    database,
    acquirer,
    keyRing: await loadKeyRing({
      directory: keysDirectory,
      oaepHash: 'sha256',
      requirePrivateFiles: true,
    }),
    clock: systemClock,
    log: silentLog,
    pspApi: unusedPspApi(),
    ...parts,
    settings: { ...testSettings, ...settings },
  });
  return {
    ...adapter,
    database,
    databaseUrl: url,
    acquirer,
    [Symbol.asyncDispose]: async () => {
      await adapter[Symbol.asyncDispose]();
      await drop();
      await rm(keysDirectory, { recursive: true });
    },
  };
}

async function aDatabaseOfItsOwn() {
  const own = await createTestDatabase();
  return { database: own.database, url: own.url, drop: () => own.drop() };
}

function borrowed({ database, databaseUrl }: Pick<TestAdapter, 'database' | 'databaseUrl'>) {
  return { database, url: databaseUrl, drop: () => Promise.resolve() };
}
