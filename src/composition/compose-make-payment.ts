import { unknownFunding } from '../card-data/card-funding.ts';
import { type Heartbeat, heartbeatTiming } from '../instances/heartbeat.ts';
import { answerInTime } from '../make-payment/answer-in-time.ts';
import { type MakePayment } from '../make-payment/answer.ts';
import { createAskAcquirer } from '../make-payment/ask-acquirer.ts';
import {
  type AuthoriseLegDependencies,
  createAuthoriseLeg,
} from '../make-payment/authorise-leg.ts';
import { createAuthorisePresented } from '../make-payment/authorise-presented.ts';
import { startCompleter } from '../make-payment/complete-abandoned.ts';
import { createDepartures } from '../make-payment/departures.ts';
import { createMakePayment } from '../make-payment/make-payment.ts';
import { createOpenLeg } from '../make-payment/open-leg.ts';
import { createPromisedFails } from '../make-payment/promised-fails.ts';
import { createProofOf } from '../make-payment/proof-of.ts';
import { createRefuseCall } from '../make-payment/refuse-call.ts';
import { refuseOrPromise } from '../make-payment/refuse-or-promise.ts';
import { createAwaitReply } from '../make-payment/replay.ts';
import { createReplyWriter } from '../make-payment/reply.ts';
import { createStepUpInstead } from '../make-payment/step-up-instead.ts';
import { type ReversalRepository } from '../reversals/reversal-repository.ts';
import { reversalTiming, startReversalWorker } from '../reversals/reversal-worker.ts';
import { type Background } from '../shared/background.ts';
import { type Clock } from '../shared/clock.ts';
import { type Periodic } from '../shared/periodic.ts';
import { type DeedParts } from './parts.ts';

/** At Vipps' peak of 142 calls a second: seven seconds of an acquirer that hangs. */
const inFlightMax = { calls: 4_000, authorisations: 1_000 };

interface Reversals {
  readonly order: ReversalRepository['order'];
  readonly worker: Periodic;
  /** Have the worker look at once. */
  readonly ordered: () => void;
}

function composeReversals(parts: DeedParts, instanceId: string): Reversals {
  const { stores, acquirer, clock, log, settings } = parts;
  const repository = stores.reversals;
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

type Common = Omit<
  AuthoriseLegDependencies,
  'openLeg' | 'askAcquirer' | 'stepUpInstead' | 'departures' | 'promises'
> & {
  readonly instanceId: string;
  readonly clock: Clock;
};

function composeCall(parts: DeedParts, common: Common): MakePayment {
  const { acquirer, decrypt, stepUp, cardFunding = unknownFunding, settings } = parts;
  const { log } = common;
  const refuse = createRefuseCall(common);
  const promises = createPromisedFails({ ...common, refuse });
  const openLeg = createOpenLeg({ ...common, refuse });
  const authoriseLeg = createAuthoriseLeg({
    ...common,
    openLeg,
    askAcquirer: createAskAcquirer({ ...common, acquirer }),
    stepUpInstead: createStepUpInstead({ ...stepUp, clock: common.clock, log }),
    departures: createDepartures(common),
    promises,
  });
  const surelyRefuse = refuseOrPromise({ ...common, refuse, promises });
  const makePayment = createMakePayment({
    ...common,
    refuse: surelyRefuse,
    promises,
    openLeg,
    authorisePresented: createAuthorisePresented({
      refuse: surelyRefuse,
      authoriseLeg,
      cardFunding,
      decrypt,
      authorisationsInFlightMax: settings.authorisationsInFlightMax ?? inFlightMax.authorisations,
    }),
    proofOf: createProofOf({ ...stepUp, log }),
    awaitReply: createAwaitReply(common),
  });
  return answerInTime({
    ...common,
    makePayment,
    promises,
    callsInFlightMax: settings.callsInFlightMax ?? inFlightMax.calls,
  });
}

/** The callback from Vipps, the completer behind it, and the reversals that both order. */
export function composeMakePayment(parts: DeedParts, heartbeat: Heartbeat, background: Background) {
  const { stores, clock, log, settings } = parts;
  const reversals = composeReversals(parts, heartbeat.instanceId);
  const common = {
    legs: stores.legs,
    stepUpLegs: stores.stepUpLegs,
    replies: createReplyWriter(settings.errorIdFormat),
    instanceId: heartbeat.instanceId,
    reversalOrdered: reversals.ordered,
    orderReversal: reversals.order,
    heartbeat,
    background,
    clock,
    log,
  };
  const completer = startCompleter({ ...common, silentMsMax: heartbeatTiming.silentMsMax });
  heartbeat.onSilence(reversals.ordered);
  heartbeat.onSilence(() => {
    completer.wake();
  });
  return {
    makePayment: composeCall(parts, common),
    workers: [completer, reversals.worker],
  };
}
