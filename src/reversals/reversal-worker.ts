import { type Acquirer, type ReversalOutcome } from '../acquirer/acquirer.ts';
import { reversalReferenceOf } from '../payments/references.ts';
import { type Clock } from '../shared/clock.ts';
import { type Log } from '../shared/log.ts';
import { type Periodic, startPeriodic } from '../shared/periodic.ts';
import { repeatDelayMs } from '../shared/repeat-delay.ts';
import { type DueReversal, type ReversalRepository } from './reversal-repository.ts';

export interface ReversalTiming {
  readonly pollEveryMs: number;
  /** How long the acquirer is waited for; the lease outlasts it. */
  readonly answerWithinMs: number;
  readonly leaseMs: number;
  /** How long an acquirer may work on an authorisation after it was sent (`ACQUIRER_PROCESSING_MAX_MS`). */
  readonly processingMsMax: number;
  /** What a copy that was silent for longer has under its lease is taken from it. */
  readonly silentMsMax: number;
}

export const reversalTiming = {
  pollEveryMs: 500,
  answerWithinMs: 5_000,
  leaseMs: 10_000,
} as const satisfies Partial<ReversalTiming>;

interface Dependencies {
  readonly repository: ReversalRepository;
  readonly acquirer: Acquirer;
  readonly instanceId: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly timing: ReversalTiming;
}

const batchSizeMax = 32;

/**
 * Undoes at the acquirer what must not stand: an approval that Vipps was not told of, or an
 * authorisation whose fate is unknown. Sends at once when woken and repeats until the acquirer
 * acknowledges. An answer of "not found" ends it only once the acquirer can no longer be working on
 * the authorisation; before that the reversal goes out again, as a new message.
 */
export function startReversalWorker(dependencies: Dependencies): Periodic {
  const { repository, instanceId, clock, log, timing } = dependencies;

  async function run(): Promise<void> {
    for (;;) {
      const due = await repository.claim({
        owner: instanceId,
        leaseMs: timing.leaseMs,
        limit: batchSizeMax,
        processingMsMax: timing.processingMsMax,
        silentMsMax: timing.silentMsMax,
      });
      await Promise.all(due.map((reversal) => send(dependencies, reversal)));
      if (due.length < batchSizeMax) return;
    }
  }

  return startPeriodic({ name: 'reversals', everyMs: timing.pollEveryMs, run, clock, log });
}

async function send(dependencies: Dependencies, reversal: DueReversal): Promise<void> {
  const { repository, acquirer, clock, log, timing } = dependencies;
  const outcome = await acquirer.reverse(
    {
      reference: reversalReferenceOf(reversal.originalReference, reversal.ordinal),
      originalReference: reversal.originalReference,
      pspTransactionId: reversal.pspTransactionId,
    },
    clock.abortAfter(timing.answerWithinMs),
  );
  const acknowledged =
    outcome.kind === 'ACKNOWLEDGED' && (outcome.found || reversal.notFoundIsProof);
  log.info({
    event: acknowledged ? 'reversal.acknowledged' : 'reversal.postponed',
    pspTransactionId: reversal.pspTransactionId,
    attempts: reversal.attempts,
    answer: answerOf(outcome),
  });
  if (acknowledged) await repository.acknowledge(reversal, answerOf(outcome));
  else
    await repository.postpone(reversal, answerOf(outcome), {
      delayMs: repeatDelayMs(reversal.attempts),
      // Repeated, a message gets its first answer: a "not found" of now would look like proof later.
      newMessage: outcome.kind === 'ACKNOWLEDGED' || !reversal.notFoundIsProof,
    });
}

function answerOf(outcome: ReversalOutcome): string {
  if (outcome.kind === 'NOT_ACKNOWLEDGED') return outcome.why;
  return outcome.found ? 'FOUND' : 'NOT_FOUND';
}
