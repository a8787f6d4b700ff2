import { heldToItsWord } from '../acquirer/held-to-its-word.ts';
import { startForgettingAnswers } from '../idempotency/forget-answers.ts';
import { type IdempotencyDependencies } from '../idempotency/with-claim.ts';
import { type InitiatePayment } from '../initiate-payment/initiate-payment.ts';
import { type Heartbeat, heartbeatTiming, startHeartbeat } from '../instances/heartbeat.ts';
import { type MakePayment } from '../make-payment/answer.ts';
import { type ModifyPayment } from '../modifications/modify-payment.ts';
import { createRecordElsewhere, type RecordElsewhere } from '../modifications/record-elsewhere.ts';
import { startExpiry } from '../payments/expire-payments.ts';
import { createBackground } from '../shared/background.ts';
import { composeInitiation } from './compose-initiation.ts';
import { composeMakePayment } from './compose-make-payment.ts';
import { composeModifications } from './compose-modifications.ts';
import { composeStatusUpdates } from './compose-status-updates.ts';
import { type DeedParts } from './parts.ts';

/** Everything that the service does, without the HTTP that it is asked by: what a simulation drives too. */
export interface Deeds extends AsyncDisposable {
  readonly makePayment: MakePayment;
  readonly initiatePayment: InitiatePayment;
  readonly modifyPayment: ModifyPayment;
  readonly recordElsewhere: RecordElsewhere;
  /** For whoever has committed a report to Vipps: have it sent at once. */
  readonly enqueued: () => void;
  readonly heartbeat: Heartbeat;
  readonly idempotency: IdempotencyDependencies;
}

const drainMsMax = 15_000;

/** Also starts the jobs that go on by themselves until the deeds are disposed of. */
export async function composeDeeds(given: DeedParts): Promise<Deeds> {
  const parts = { ...given, acquirer: heldToItsWord(given.acquirer, given.clock) };
  const { stores, clock, random, log } = parts;
  const background = createBackground({ clock, log });
  const heartbeat = await startHeartbeat({
    repository: stores.instances,
    clock,
    random,
    log,
    timing: heartbeatTiming,
  });
  const idempotency = {
    database: stores.transactions,
    repository: stores.idempotency,
    instanceId: heartbeat.instanceId,
    clock,
  };
  const statusUpdates = composeStatusUpdates(parts, heartbeat);
  const makePayment = composeMakePayment(parts, heartbeat, background);
  const modifications = composeModifications(parts, idempotency, heartbeat);
  const workers = [
    ...makePayment.workers,
    ...modifications.workers,
    startExpiry({ repository: stores.expiry, clock, log }),
    startForgettingAnswers({ ...idempotency, log }),
    ...statusUpdates.workers,
  ];
  return {
    makePayment: makePayment.makePayment,
    initiatePayment: composeInitiation(parts, idempotency),
    modifyPayment: modifications.modifyPayment,
    recordElsewhere: createRecordElsewhere(stores.modifications),
    enqueued: statusUpdates.enqueued,
    heartbeat,
    idempotency,
    [Symbol.asyncDispose]: async () => {
      await background.drain(drainMsMax);
      for (const worker of workers) await worker[Symbol.asyncDispose]();
      await heartbeat[Symbol.asyncDispose]();
    },
  };
}
