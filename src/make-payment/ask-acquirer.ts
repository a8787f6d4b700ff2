import { type Acquirer, type AuthorisationRequest } from '../acquirer/acquirer.ts';
import { type Heartbeat } from '../instances/heartbeat.ts';
import { acquirerReferenceOf } from '../payments/references.ts';
import { type Clock } from '../shared/clock.ts';
import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { orSilence } from '../shared/or-silence.ts';
import { type LegToAuthorise } from './leg-to-authorise.ts';
import { type LegOutcome } from './outcome.ts';
import { type Stopwatch } from './stopwatch.ts';
import { timeUpAfter } from './time-up-after.ts';

/**
 * Has the acquirer authorise the stored amount. Never throws, and never waits longer than the
 * budget has it, even where the acquirer's adapter does: `whenLate` hears of what comes after that.
 */
export type AskAcquirer = (
  leg: LegToAuthorise,
  stopwatch: Stopwatch,
  whenLate: (outcome: LegOutcome) => void,
) => Promise<LegOutcome>;

/** Two periods of the heartbeat, and less than it takes until others may take the new leg over. */
const beatWithinMs = 2_000;

export function createAskAcquirer(dependencies: {
  readonly acquirer: Acquirer;
  readonly heartbeat: Heartbeat;
  readonly clock: Clock;
  readonly log: Log;
}): AskAcquirer {
  const { acquirer, heartbeat, clock, log } = dependencies;

  return async (leg, stopwatch, whenLate) => {
    const leftMs = (): number => stopwatch.leftUntilMs(stopwatch.budget.acquirerWithinMs);
    // An owner that others may believe dead must not begin: they may be reversing already. A database
    // that was away or hung for a moment is heard of by the next beat.
    if (!(await heartbeat.mayBeginWithin(Math.min(beatWithinMs, leftMs()))))
      return { kind: 'NOT_SENT', why: 'our heartbeat is too old' };
    const waitMs = leftMs();
    if (waitMs === 0) return { kind: 'NO_TIME', why: 'no time was left to send it' };
    const { signal, clear } = timeUpAfter(waitMs, clock);
    const asked = authorise(acquirer, requestFor(leg), signal);
    // An approval that comes in the moment after the signal is late like any other.
    const inTime = asked.then((answer) =>
      signal.aborted && answer.kind === 'APPROVED' ? silence : answer,
    );
    const outcome = await orSilence(inTime, { signal, clock, silence });
    clear();
    if (outcome === silence) void asked.then(whenLate);
    warnOfUnknown(log, leg, outcome);
    return outcome;
  };
}

/** An adapter that throws breaks its promise; what it had sent by then is not known. */
async function authorise(
  acquirer: Acquirer,
  request: AuthorisationRequest,
  signal: AbortSignal,
): Promise<LegOutcome> {
  try {
    return await acquirer.authorise(request, signal);
  } catch (error) {
    return { kind: 'FAULT', why: messageOf(error) };
  }
}

const silence: LegOutcome = { kind: 'NO_ANSWER', why: 'no answer in time' };

function requestFor({ found, leg, card, proof }: LegToAuthorise): AuthorisationRequest {
  return {
    reference: acquirerReferenceOf(found.pspTransactionId, leg),
    pspTransactionId: found.pspTransactionId,
    merchant: found.merchant,
    amount: { minor: found.amountMinor, currency: found.currency },
    card,
    indicators: {
      channel: 'ECOMMERCE',
      wallet: 'VIPPS',
      authentication: proof ? 'STEP_UP' : 'DELEGATED',
    },
    ...(proof && { stepUp: proof }),
  };
}

function warnOfUnknown(log: Log, leg: LegToAuthorise, outcome: LegOutcome): void {
  if (!['NO_ANSWER', 'UNINTELLIGIBLE', 'FAULT'].includes(outcome.kind)) return;
  log.warn({
    event: 'authorisation.unknown',
    pspTransactionId: leg.pspTransactionId,
    outcome: outcome.kind,
    ...('why' in outcome ? { why: outcome.why } : {}),
  });
}
