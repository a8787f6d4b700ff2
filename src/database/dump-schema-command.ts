/** `npm run db:dump`: writes db/schema.sql from a database that has just been migrated. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLog } from '../shared/log.ts';
import { dumpSchema } from './dump-schema.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { migrate } from './migrate.ts';
import { migrationsDirectory } from './migration-files.ts';

const directory = await mkdtemp(path.join(tmpdir(), 'vipps-psp-adapter-dump-'));
try {
  const server = await startEmbeddedPostgres({ dataDir: directory, log: silentLog });
  try {
    await migrate(server.url);
    const file = path.resolve(migrationsDirectory, '..', 'schema.sql');
    await writeFile(file, await dumpSchema(server.url));
    console.log(`Wrote ${file}`);
  } finally {
    await server.stop();
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
