import { type Express, type Router } from 'express';
import { type Acquirer } from './acquirer/acquirer.ts';
import { decryptCardData } from './card-data/decrypt-card-data.ts';
import { type KeyRing } from './card-data/key-ring.ts';
import { type Database } from './database/database.ts';
import { createApp } from './http/create-app.ts';
import { healthRoutes } from './http/health-routes.ts';
import { type Heartbeat, heartbeatTiming, startHeartbeat } from './instances/heartbeat.ts';
import { createInstanceRepository } from './instances/instance-repository.ts';
import { answerInTime } from './make-payment/answer-in-time.ts';
import { createAskAcquirer } from './make-payment/ask-acquirer.ts';
import { createAuthoriseLeg } from './make-payment/authorise-leg.ts';
import { scaledBudget } from './make-payment/budget.ts';
import { startCompleter } from './make-payment/complete-abandoned.ts';
import { createDepartures } from './make-payment/departures.ts';
import { createLegRepository } from './make-payment/leg-repository.ts';
import { createMakePayment } from './make-payment/make-payment.ts';
import { createOpenLeg } from './make-payment/open-leg.ts';
import { createPromisedFails } from './make-payment/promised-fails.ts';
import { createRefuseCall } from './make-payment/refuse-call.ts';
import { createAwaitReply } from './make-payment/replay.ts';
import { createReplyWriter, type ErrorIdFormat } from './make-payment/reply.ts';
import { makePaymentRoutes } from './make-payment/routes.ts';
import {
  createReversalRepository,
  type ReversalRepository,
} from './reversals/reversal-repository.ts';
import { reversalTiming, startReversalWorker } from './reversals/reversal-worker.ts';
import { type Background, createBackground } from './shared/background.ts';
import { type Clock } from './shared/clock.ts';
import { type Log } from './shared/log.ts';
import { type Periodic } from './shared/periodic.ts';

/** What the adapter is made of: everything that talks to somebody, and the settings. */
export interface Parts {
  readonly database: Database;
  readonly acquirer: Acquirer;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: AdapterSettings;
  /** Routers that only some deployments have, such as the sandbox's page. */
  readonly furtherPublicRouters?: readonly Router[];
}

export interface AdapterSettings {
  readonly errorIdFormat: ErrorIdFormat;
  readonly deadlineScale: number;
  readonly acquirerProcessingMsMax: number;
  /** makePayment calls at a time; one more gets FAIL 91 at once. */
  readonly callsInFlightMax?: number;
  /** Authorisations at a time; one more gets FAIL 91 at once. */
  readonly authorisationsInFlightMax?: number;
}

/** At Vipps' peak of 142 calls a second: seven seconds of an acquirer that hangs. */
const inFlightMax = { calls: 4_000, authorisations: 1_000 };

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
  const makePayment = composeMakePayment(parts, heartbeat, background);

  return {
    publicApp: createApp({
      routers: [makePayment.router, ...(parts.furtherPublicRouters ?? [])],
      clock,
      log,
    }),
    internalApp: createApp({
      routers: [
        healthRoutes([
          { name: 'database', isReady: () => answers(database) },
          { name: 'heartbeat', isReady: () => heartbeat.mayBegin() },
        ]),
      ],
      clock,
      log,
    }),
    [Symbol.asyncDispose]: async () => {
      await background.drain(drainMsMax);
      for (const worker of makePayment.workers) await worker[Symbol.asyncDispose]();
      await heartbeat[Symbol.asyncDispose]();
    },
  };
}

interface Reversals {
  readonly repository: ReversalRepository;
  readonly worker: Periodic;
  /** Have the worker look at once. */
  readonly ordered: () => void;
}

function composeReversals(parts: Parts, instanceId: string): Reversals {
  const { database, acquirer, clock, log, settings } = parts;
  const repository = createReversalRepository(database.hot);
  const timing = { ...reversalTiming, processingMsMax: settings.acquirerProcessingMsMax };
  const worker = startReversalWorker({ repository, acquirer, instanceId, clock, log, timing });
  return {
    repository,
    worker,
    ordered: () => {
      worker.wake();
    },
  };
}

function composeMakePayment(parts: Parts, heartbeat: Heartbeat, background: Background) {
  const { database, acquirer, keyRing, clock, log, settings } = parts;
  const reversals = composeReversals(parts, heartbeat.instanceId);
  const common = {
    legs: createLegRepository(database.hot),
    replies: createReplyWriter(settings.errorIdFormat),
    instanceId: heartbeat.instanceId,
    reversalOrdered: reversals.ordered,
    heartbeat,
    background,
    clock,
    log,
  };
  const refuse = createRefuseCall(common);
  const promises = createPromisedFails({ ...common, refuse });
  const openLeg = createOpenLeg({ ...common, refuse });
  const authoriseLeg = createAuthoriseLeg({
    ...common,
    openLeg,
    askAcquirer: createAskAcquirer({ acquirer, heartbeat, log }),
    departures: createDepartures(common),
    promises,
    orderReversal: async (leg, reason) => {
      await reversals.repository.order(leg, reason);
      reversals.ordered();
    },
  });
  const makePayment = createMakePayment({
    ...common,
    refuse,
    promises,
    openLeg,
    authoriseLeg,
    decrypt: (cardData) => decryptCardData(keyRing, cardData),
    awaitReply: createAwaitReply(common),
    authorisationsInFlightMax: settings.authorisationsInFlightMax ?? inFlightMax.authorisations,
  });
  const inTime = answerInTime({
    ...common,
    makePayment,
    promises,
    callsInFlightMax: settings.callsInFlightMax ?? inFlightMax.calls,
  });
  const completer = startCompleter({ ...common, silentMsMax: heartbeatTiming.silentMsMax });
  const budget = scaledBudget(settings.deadlineScale);
  return {
    router: makePaymentRoutes({ makePayment: inTime, budget, clock }),
    workers: [completer, reversals.worker],
  };
}

async function answers(database: Database): Promise<boolean> {
  await database.hot.query('select 1');
  return true;
}
