import { type Acquirer, type AuthorisationRequest } from '../acquirer/acquirer.ts';
import { type PaymentCard } from '../card-data/payment-card.ts';
import { type Heartbeat } from '../instances/heartbeat.ts';
import { acquirerReferenceOf } from '../payments/references.ts';
import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { type FoundPayment } from './leg-repository.ts';
import { type LegOutcome } from './outcome.ts';
import { type Stopwatch } from './stopwatch.ts';

/**
 * Has the acquirer authorise the stored amount. Never throws, and never waits longer than the
 * budget has it, even where the acquirer's adapter does: `whenLate` hears of what comes after that.
 */
export type AskAcquirer = (
  found: FoundPayment,
  card: PaymentCard,
  stopwatch: Stopwatch,
  whenLate: (outcome: LegOutcome) => void,
) => Promise<LegOutcome>;

export function createAskAcquirer(dependencies: {
  readonly acquirer: Acquirer;
  readonly heartbeat: Heartbeat;
  readonly log: Log;
}): AskAcquirer {
  const { acquirer, heartbeat, log } = dependencies;

  return async (found, card, stopwatch, whenLate) => {
    // An owner that others may believe dead must not begin: they may be reversing already.
    if (!heartbeat.mayBegin()) return { kind: 'NOT_SENT', why: 'our heartbeat is too old' };
    const waitMs = stopwatch.leftUntilMs(stopwatch.budget.acquirerWithinMs);
    if (waitMs === 0) return { kind: 'NO_TIME', why: 'no time was left to send it' };
    const signal = AbortSignal.timeout(Math.ceil(waitMs));
    const asked = authorise(acquirer, requestFor(found, card), signal);
    const outcome = await orSilence(asked, signal);
    if (outcome === silence) void asked.then(whenLate);
    warnOfUnknown(log, found, outcome);
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

/** A turn of the event loop after the signal: the adapter's own account of the silence says more. */
function orSilence(asked: Promise<LegOutcome>, signal: AbortSignal): Promise<LegOutcome> {
  return new Promise((resolve) => {
    void asked.then(resolve);
    signal.addEventListener('abort', () => setImmediate(resolve, silence), { once: true });
  });
}

function requestFor(found: FoundPayment, card: PaymentCard): AuthorisationRequest {
  return {
    reference: acquirerReferenceOf(found.pspTransactionId, 1),
    pspTransactionId: found.pspTransactionId,
    merchant: found.merchant,
    amount: { minor: found.amountMinor, currency: found.currency },
    card: { kind: 'PAN', card },
    indicators: { channel: 'ECOMMERCE', wallet: 'VIPPS', authentication: 'DELEGATED' },
  };
}

function warnOfUnknown(log: Log, found: FoundPayment, outcome: LegOutcome): void {
  if (!['NO_ANSWER', 'UNINTELLIGIBLE', 'FAULT'].includes(outcome.kind)) return;
  log.warn({
    event: 'authorisation.unknown',
    pspTransactionId: found.pspTransactionId,
    outcome: outcome.kind,
    ...('why' in outcome ? { why: outcome.why } : {}),
  });
}
