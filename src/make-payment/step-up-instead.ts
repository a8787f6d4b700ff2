import { type AuthorisationOutcome } from '../acquirer/acquirer.ts';
import { type Clock } from '../shared/clock.ts';
import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { orSilence } from '../shared/or-silence.ts';
import { type BeginStepUp } from '../step-up/begin-step-up.ts';
import { type LegToAuthorise } from './leg-to-authorise.ts';
import { type LegOutcome } from './outcome.ts';
import { type Stopwatch } from './stopwatch.ts';
import { timeUpAfter } from './time-up-after.ts';

type SoftDeclined = Extract<AuthorisationOutcome, { kind: 'SOFT_DECLINED' }>;

/**
 * Begins the step-up that a soft decline asks for, with the card that is still in memory. Where none
 * can be had within the time that the acquirer left over, the soft decline stays one. Never throws.
 */
export type StepUpInstead = (
  leg: LegToAuthorise,
  declined: SoftDeclined,
  stopwatch: Stopwatch,
) => Promise<LegOutcome>;

/** `beginStepUp` is absent where no 3-D Secure server is configured. */
export function createStepUpInstead(dependencies: {
  readonly beginStepUp?: BeginStepUp;
  readonly clock: Clock;
  readonly log: Log;
}): StepUpInstead {
  const { beginStepUp, clock, log } = dependencies;

  return async (leg, declined, stopwatch) => {
    const { found, pspTransactionId } = leg;
    // Vipps' second call is answered OK or FAIL, never with another step-up.
    if (leg.leg !== 1 || !found.stepUpAllowed || !beginStepUp) return declined;
    // One time for both: what is left when it is over belongs to the database and the answer.
    const waitMs = stopwatch.leftUntilMs(stopwatch.budget.acquirerWithinMs);
    if (waitMs === 0) return declined;
    const { signal, clear } = timeUpAfter(waitMs, clock);
    try {
      const stepUp = await orSilence(begin(beginStepUp, leg, signal), {
        signal,
        clock,
        // A session that comes later is never used.
        silence: undefined,
      });
      const { responseCode } = declined;
      return stepUp ? { kind: 'CHALLENGED', responseCode, stepUp } : declined;
    } catch (error) {
      log.error({ event: 'step-up.fault', pspTransactionId, reason: messageOf(error) });
      return declined;
    } finally {
      clear();
    }
  };
}

function begin(beginStepUp: BeginStepUp, leg: LegToAuthorise, signal: AbortSignal) {
  const { found, card, returnUrls } = leg;
  return beginStepUp(
    {
      pspTransactionId: leg.pspTransactionId,
      leg: leg.leg,
      merchant: found.merchant,
      amount: { minor: found.amountMinor, currency: found.currency },
      card,
      returnUrls,
    },
    signal,
  );
}
