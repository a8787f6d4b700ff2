import { type Background } from '../shared/background.ts';
import { type Log } from '../shared/log.ts';
import { type Departure } from './answer.ts';
import { type LegKey, type LegRepository } from './leg-repository.ts';

/** Records how the answers that said OK fared; the answer itself never waits for it. */
export interface Departures {
  record(leg: LegKey, how: Departure): void;
}

export function createDepartures(dependencies: {
  legs: LegRepository;
  reversalOrdered: () => void;
  background: Background;
  log: Log;
}): Departures {
  const { legs, reversalOrdered, background, log } = dependencies;

  return {
    record: (leg, how) => {
      if (how !== 'TOLD') log.warn({ event: 'answer.not-told', paymentId: leg.paymentId, how });
      background.untilDone('make-payment.deliver', async () => {
        const recorded = await legs.deliver({
          paymentId: leg.paymentId,
          attempt: leg.attempt,
          leg: leg.leg,
          delivery: how === 'TOLD' ? 'TOLD' : 'NOT_TOLD',
          certain: how !== 'UNCERTAIN',
        });
        if (how !== 'TOLD') reversalOrdered();
        else if (!recorded)
          log.error({ event: 'answer.told-but-reversed', paymentId: leg.paymentId });
      });
    },
  };
}
