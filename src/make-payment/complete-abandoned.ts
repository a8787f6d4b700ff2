import { type Heartbeat } from '../instances/heartbeat.ts';
import { type Clock } from '../shared/clock.ts';
import { type Log } from '../shared/log.ts';
import { type Periodic, startPeriodic } from '../shared/periodic.ts';
import { type LegRepository } from './leg-repository.ts';
import { abandonedDecision } from './outcome.ts';
import { type ReplyWriter } from './reply.ts';

interface Dependencies {
  readonly legs: LegRepository;
  readonly replies: ReplyWriter;
  readonly heartbeat: Heartbeat;
  readonly silentMsMax: number;
  readonly reversalOrdered: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

const batchSizeMax = 100;
const everyMs = 1_000;

/**
 * The completer: finishes what a crash left between two steps of a makePayment call. A leg without a
 * reply has an unknown outcome; an approval without a recorded delivery may or may not have reached
 * Vipps. Both are reversed.
 */
export function startCompleter(dependencies: Dependencies): Periodic {
  const { clock, log } = dependencies;
  return startPeriodic({
    name: 'completer',
    everyMs,
    run: () => completeAbandoned(dependencies),
    clock,
    log,
  });
}

async function completeAbandoned(dependencies: Dependencies): Promise<void> {
  const { legs, replies, heartbeat, silentMsMax, reversalOrdered, log } = dependencies;
  if (!heartbeat.mayTakeOver()) return;
  const abandoned = await legs.takeOver(heartbeat.instanceId, silentMsMax, batchSizeMax);
  await Promise.all(
    abandoned.map(async (leg) => {
      log.warn({ event: 'leg.completed', paymentId: leg.paymentId, replied: leg.replied });
      if (leg.replied) await legs.deliver({ ...leg, delivery: 'NOT_TOLD', certain: false });
      else await legs.decide(abandonedDecision(leg, { owner: heartbeat.instanceId, replies }));
    }),
  );
  if (abandoned.length > 0) reversalOrdered();
}
