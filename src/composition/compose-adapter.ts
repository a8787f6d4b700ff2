import { type Express } from 'express';
import { decryptCardData } from '../card-data/decrypt-card-data.ts';
import { type Database } from '../database/database.ts';
import { createApp } from '../http/create-app.ts';
import { healthRoutes } from '../http/health-routes.ts';
import { makePaymentRoutes } from '../make-payment/routes.ts';
import { startErasingPhoneNumbers } from '../payments/erase-phone-numbers.ts';
import { createRetentionRepository } from '../payments/retention-repository.ts';
import { systemRandom } from '../shared/random.ts';
import { composeBackOffice } from './compose-back-office.ts';
import { composeDeeds } from './compose-deeds.ts';
import { composeMerchantApi } from './compose-merchant-api.ts';
import { composeReconciliation } from './compose-reconciliation.ts';
import { composeStepUp } from './compose-step-up.ts';
import { describeInternalListener, describePublicListener } from './describe-listeners.ts';
import { type Parts } from './parts.ts';
import { postgresStores } from './stores.ts';

/** The running service: two apps, and the jobs that run by themselves until it is disposed of. */
export interface Adapter extends AsyncDisposable {
  /** What this copy calls itself among the others. */
  readonly instanceId: string;
  readonly publicApp: Express;
  readonly internalApp: Express;
}

/** The one place that knows everybody. */
export async function composeAdapter(parts: Parts): Promise<Adapter> {
  const { database, keyRing, clock, log } = parts;
  const stepUp = composeStepUp(parts);
  const deeds = await composeDeeds({
    ...parts,
    stores: postgresStores(database),
    stepUp: stepUp.stepUp,
    decrypt: (cardData) => decryptCardData(keyRing, cardData),
    random: systemRandom,
  });
  const merchantApi = composeMerchantApi(parts, deeds);
  const reconciliation = parts.ledger && composeReconciliation(parts, parts.ledger);
  const backOffice = composeBackOffice(parts, deeds);
  const erasing = startErasingPhoneNumbers({
    repository: createRetentionRepository(database.hot),
    retentionDays: parts.settings.retentionDays,
    clock,
    log,
  });
  const health = healthRoutes([
    { name: 'database', isReady: () => answers(database) },
    { name: 'heartbeat', isReady: () => deeds.heartbeat.mayBegin() },
  ]);
  // The sandbox's page stands before the merchants' calls, whose last router takes what is left.
  const routers = [
    makePaymentRoutes({
      makePayment: deeds.makePayment,
      deadlineScale: parts.settings.deadlineScale,
      clock,
    }),
    stepUp.router,
    ...(parts.furtherPublicRouters ?? []),
    describePublicListener(parts.settings),
    ...merchantApi.routers,
  ];

  return {
    instanceId: deeds.heartbeat.instanceId,
    publicApp: createApp({ routers, clock, log }),
    internalApp: createApp({
      routers: [health, describeInternalListener(), backOffice.router],
      clock,
      log,
    }),
    [Symbol.asyncDispose]: async () => {
      await reconciliation?.[Symbol.asyncDispose]();
      await stepUp.timeOuts[Symbol.asyncDispose]();
      await erasing[Symbol.asyncDispose]();
      await deeds[Symbol.asyncDispose]();
    },
  };
}

async function answers(database: Database): Promise<boolean> {
  await database.hot.query('select 1');
  return true;
}
