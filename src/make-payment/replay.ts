import { type Clock } from '../shared/clock.ts';
import { type FoundLeg, type FoundPayment, type LegRepository } from './leg-repository.ts';
import { type Reply, type ReplyWriter } from './reply.ts';
import { type Stopwatch } from './stopwatch.ts';

/**
 * Answers a call whose leg somebody opened before: with the stored bytes once there are some and,
 * where they say OK, once Vipps has been told; with FAIL 85 where Vipps was not, or when this call's
 * own time is up. Works the same on every copy of the service, as it only reads the row.
 */
export type AwaitReply = (
  found: FoundPayment,
  leg: FoundLeg,
  stopwatch: Stopwatch,
) => Promise<Reply>;

const pollEveryMs = 50;

export function createAwaitReply(dependencies: {
  legs: LegRepository;
  replies: ReplyWriter;
  clock: Clock;
}): AwaitReply {
  const { legs, replies, clock } = dependencies;

  return async (found, firstSeen, stopwatch) => {
    const late = replies.fail(found.pspTransactionId, 'TOO_LATE');
    let leg: FoundLeg | null = firstSeen;
    for (;;) {
      const final = leg && finalReply(leg, late);
      if (final) return final;
      const leftMs = stopwatch.leftUntilMs(stopwatch.budget.decideWithinMs);
      if (leftMs === 0) return late;
      await clock.sleep(Math.min(pollEveryMs, leftMs));
      // A database that is away for a moment is no reason to give up before the time.
      leg = await legs.find(found.pspTransactionId).then(
        (again) => again?.leg ?? null,
        () => null,
      );
    }
  };
}

function finalReply(leg: FoundLeg, late: Reply): Reply | null {
  if (leg.reply === null) return null;
  if (leg.reply.status !== 'OK') return leg.reply;
  switch (leg.delivery) {
    case 'TOLD':
      return leg.reply;
    case 'NOT_TOLD':
      return late;
    case 'NONE':
      return null;
  }
}
