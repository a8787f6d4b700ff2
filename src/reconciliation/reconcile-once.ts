import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { createHttpLedger } from '../acquirer/http-acquirer/http-ledger.ts';
import { type Config } from '../config/config.ts';
import { connectDatabase } from '../database/database.ts';
import { createPspApi } from '../psp-api/create-psp-api.ts';
import { type PspApi } from '../psp-api/psp-api.ts';
import { type Clock } from '../shared/clock.ts';
import { AdapterError } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { type ReconciliationReport, reconcile } from './reconcile.ts';
import { createReconciliationRepository } from './reconciliation-repository.ts';
import { createReportedRepository } from './reported-repository.ts';
import { createVippsView } from './vipps-view.ts';

/** Neither is the service configured, nor does a sandbox run. */
export class NothingToReconcile extends AdapterError {
  override readonly name = 'NothingToReconcile';
  readonly code = 'NOTHING_TO_RECONCILE';
}

/** One reconciliation beside the running service, on the same database. */
export async function reconcileOnce(
  config: Config,
  context: { readonly clock: Clock; readonly log: Log; readonly quietMs: number },
): Promise<ReconciliationReport> {
  const { clock, log, quietMs } = context;
  const { databaseUrl, acquirerUrl } = await placesOf(config);
  const database = connectDatabase({ url: databaseUrl, log, applicationName: 'reconcile' });
  const pspApi = pspApiFrom(config, clock);
  try {
    return await reconcile({
      repository: createReconciliationRepository(database.hot),
      ledger: createHttpLedger(acquirerUrl),
      quietMs,
      log,
      ...(pspApi ? { vipps: createVippsView(createReportedRepository(database.hot), pspApi) } : {}),
    });
  } finally {
    await pspApi?.close();
    await database.close();
  }
}

const sandboxPlaces = z.object({
  databaseUrl: z.string(),
  acquirerSimulatorUrl: z.string().nullable(),
});

/** As configured, or those of the running sandbox. */
async function placesOf(config: Config): Promise<{ databaseUrl: string; acquirerUrl: string }> {
  const configured = { databaseUrl: config.databaseUrl?.expose(), acquirerUrl: config.acquirerUrl };
  const sandbox = config.production ? undefined : await readSandbox(config.dataDirectory);
  const databaseUrl = configured.databaseUrl ?? sandbox?.databaseUrl;
  const acquirerUrl = configured.acquirerUrl ?? sandbox?.acquirerSimulatorUrl ?? undefined;
  if (databaseUrl === undefined || acquirerUrl === undefined) {
    throw new NothingToReconcile(
      'Set DATABASE_URL and ACQUIRER_URL, or start the sandbox first: npm start',
    );
  }
  return { databaseUrl, acquirerUrl };
}

async function readSandbox(dataDirectory: string) {
  const text = await readFile(path.join(dataDirectory, 'sandbox.json'), 'utf8').catch(() => '{}');
  return sandboxPlaces.safeParse(JSON.parse(text)).data;
}

/** Undefined where our access to Vipps is not configured, as in the sandbox. */
function pspApiFrom(config: Config, clock: Clock): PspApi | undefined {
  const { vippsUrl, vippsClientId, vippsClientSecret, vippsSubscriptionKey, vippsPspId } = config;
  if (!vippsUrl || !vippsClientId || !vippsClientSecret || !vippsSubscriptionKey || !vippsPspId) {
    return undefined;
  }
  const credentials = {
    clientId: vippsClientId,
    clientSecret: vippsClientSecret,
    subscriptionKey: vippsSubscriptionKey,
    pspId: vippsPspId,
  };
  return createPspApi({ baseUrl: vippsUrl, credentials, clock });
}
