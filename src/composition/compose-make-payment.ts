import { unknownFunding } from '../card-data/card-funding.ts';
import { decryptCardData } from '../card-data/decrypt-card-data.ts';
import { type Heartbeat, heartbeatTiming } from '../instances/heartbeat.ts';
import { answerInTime } from '../make-payment/answer-in-time.ts';
import { createAskAcquirer } from '../make-payment/ask-acquirer.ts';
import { createAuthoriseLeg } from '../make-payment/authorise-leg.ts';
import { startCompleter } from '../make-payment/complete-abandoned.ts';
import { createDepartures } from '../make-payment/departures.ts';
import { createLegRepository } from '../make-payment/leg-repository.ts';
import { createMakePayment } from '../make-payment/make-payment.ts';
import { createOpenLeg } from '../make-payment/open-leg.ts';
import { createPromisedFails } from '../make-payment/promised-fails.ts';
import { createRefuseCall } from '../make-payment/refuse-call.ts';
import { createAwaitReply } from '../make-payment/replay.ts';
import { createReplyWriter } from '../make-payment/reply.ts';
import { makePaymentRoutes } from '../make-payment/routes.ts';
import {
  createReversalRepository,
  type ReversalRepository,
} from '../reversals/reversal-repository.ts';
import { reversalTiming, startReversalWorker } from '../reversals/reversal-worker.ts';
import { type Background } from '../shared/background.ts';
import { type Periodic } from '../shared/periodic.ts';
import { type Parts } from './parts.ts';

/** At Vipps' peak of 142 calls a second: seven seconds of an acquirer that hangs. */
const inFlightMax = { calls: 4_000, authorisations: 1_000 };

interface Reversals {
  readonly order: ReversalRepository['order'];
  readonly worker: Periodic;
  /** Have the worker look at once. */
  readonly ordered: () => void;
}

function composeReversals(parts: Parts, instanceId: string): Reversals {
  const { database, acquirer, clock, log, settings } = parts;
  const repository = createReversalRepository(database.hot);
  const { silentMsMax } = heartbeatTiming;
  const processingMsMax = settings.acquirerProcessingMsMax;
  const timing = { ...reversalTiming, processingMsMax, silentMsMax };
  const worker = startReversalWorker({ repository, acquirer, instanceId, clock, log, timing });
  const ordered = (): void => {
    worker.wake();
  };
  return {
    worker,
    ordered,
    order: async (leg, reason) => {
      await repository.order(leg, reason);
      ordered();
    },
  };
}

/** The callback from Vipps, the completer behind it, and the reversals that both order. */
export function composeMakePayment(parts: Parts, heartbeat: Heartbeat, background: Background) {
  const { database, acquirer, keyRing, cardFunding = unknownFunding, clock, log, settings } = parts;
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
    orderReversal: reversals.order,
  });
  const makePayment = createMakePayment({
    ...common,
    refuse,
    promises,
    openLeg,
    authoriseLeg,
    cardFunding,
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
  const { deadlineScale } = settings;
  return {
    router: makePaymentRoutes({ makePayment: inTime, deadlineScale, clock }),
    workers: [completer, reversals.worker],
  };
}
