import { type Express } from 'express';
import { type Database } from '../database/database.ts';
import { createApp } from '../http/create-app.ts';
import { healthRoutes } from '../http/health-routes.ts';
import { heartbeatTiming, startHeartbeat } from '../instances/heartbeat.ts';
import { createInstanceRepository } from '../instances/instance-repository.ts';
import { createBackground } from '../shared/background.ts';
import { composeBackOffice } from './compose-back-office.ts';
import { composeMakePayment } from './compose-make-payment.ts';
import { composeMerchantApi } from './compose-merchant-api.ts';
import { composeReconciliation } from './compose-reconciliation.ts';
import { composeStatusUpdates } from './compose-status-updates.ts';
import { composeStepUp } from './compose-step-up.ts';
import { describeInternalListener, describePublicListener } from './describe-listeners.ts';
import { type Parts } from './parts.ts';

/** The running service: two apps, and the jobs that run by themselves until it is disposed of. */
export interface Adapter extends AsyncDisposable {
  readonly publicApp: Express;
  readonly internalApp: Express;
}

const drainMsMax = 15_000;

/** The one place that knows everybody. */
export async function composeAdapter(parts: Parts): Promise<Adapter> {
  const { database, clock, log } = parts;
  const background = createBackground({ clock, log });
  const heartbeat = await startHeartbeat({
    repository: createInstanceRepository(database.hot),
    clock,
    log,
    timing: heartbeatTiming,
  });
  const statusUpdates = composeStatusUpdates(parts, heartbeat);
  const makePayment = composeMakePayment(parts, heartbeat, background, composeStepUp(parts));
  const merchantApi = composeMerchantApi(parts, heartbeat);
  const workers = [...makePayment.workers, ...merchantApi.workers, ...statusUpdates.workers];
  if (parts.ledger) workers.push(composeReconciliation(parts, parts.ledger));
  const backOffice = composeBackOffice(parts, {
    enqueued: statusUpdates.enqueued,
    stuckReports: statusUpdates.stuckUpdates,
  });
  const health = healthRoutes([
    { name: 'database', isReady: () => answers(database) },
    { name: 'heartbeat', isReady: () => heartbeat.mayBegin() },
  ]);
  // The sandbox's page stands before the merchants' calls, whose last router takes what is left.
  const routers = [
    makePayment.router,
    ...(parts.furtherPublicRouters ?? []),
    describePublicListener(),
    ...merchantApi.routers,
  ];

  return {
    publicApp: createApp({ routers, clock, log }),
    internalApp: createApp({
      routers: [health, describeInternalListener(), backOffice.router],
      clock,
      log,
    }),
    [Symbol.asyncDispose]: async () => {
      await background.drain(drainMsMax);
      for (const worker of workers) await worker[Symbol.asyncDispose]();
      await heartbeat[Symbol.asyncDispose]();
    },
  };
}

async function answers(database: Database): Promise<boolean> {
  await database.hot.query('select 1');
  return true;
}
