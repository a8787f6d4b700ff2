/**
 * A process of its own that starts the embedded PostgreSQL, says so, and stops it on SIGTERM: for
 * tests that kill it. Arguments: the data directory, and the ways of not being root, if not all.
 */
import { type RunAsName } from '../../src/database/embedded-postgres/run-as.ts';
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts';
import { silentLog } from '../../src/shared/log.ts';

const [dataDir = '', ...ways] = process.argv.slice(2);

const server = await startEmbeddedPostgres({
  dataDir,
  log: silentLog,
  ...(ways.length > 0 ? { runAsAllowed: ways as RunAsName[] } : {}),
});
process.once('SIGTERM', () => void server.stop());
process.stdout.write(`${JSON.stringify(server)}\n`);
