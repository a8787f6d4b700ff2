import { rails } from '../payments/rail.ts';
import { type PspApi } from '../psp-api/psp-api.ts';
import { type Log } from '../shared/log.ts';
import { type BatchRepository } from './batch-repository.ts';
import { type Batch } from './batch.ts';
import { judgeAnswer, type Verdict } from './judge-answer.ts';
import { type HeldLane } from './lane-repository.ts';

export interface SendBatchDependencies {
  readonly batches: BatchRepository;
  readonly pspApi: Pick<PspApi, 'updateStatus'>;
  readonly log: Log;
  /** Lines of one request at most, for a merchant of whom nothing was refused. */
  readonly linesMax: number;
  readonly delays: Delays;
  /** Gives up waiting for Vipps, when the service has to stop. */
  readonly signal: AbortSignal;
  /** Asks all senders of this copy to send nothing for a while. */
  readonly pause: (ms: number) => void;
}

/** By attempt, 1 and up. */
export interface Delays {
  readonly resendDelayMs: (attempt: number) => number;
  readonly answerWithinMs: (attempt: number) => number;
}

/** An access token may have to be fetched first, and once more after a 401. */
const tokensWithinMs = 10_000;

/**
 * Sends a committed batch, with no transaction open, and records what came of it. A batch whose
 * lane has passed to another meanwhile is left to that one.
 */
export async function sendBatch(
  dependencies: SendBatchDependencies,
  held: HeldLane,
  batch: Batch,
): Promise<void> {
  const { pspApi, log, signal, pause, delays } = dependencies;
  const tryTimeoutMs = delays.answerWithinMs(batch.attempt);
  const outcome = await pspApi.updateStatus(
    {
      version: rails[batch.rail].pspVersion,
      msn: batch.msn,
      requestId: batch.id,
      budgetMs: 2 * tryTimeoutMs + tokensWithinMs,
      tryTimeoutMs,
      signal,
    },
    batch.lines.map(({ line }) => line),
  );
  const verdict = judgeAnswer(
    outcome,
    { attempt: batch.attempt, lines: batch.lines.length },
    delays.resendDelayMs(batch.attempt),
  );
  if (verdict.kind === 'POSTPONE' && verdict.pauseMs > 0) pause(verdict.pauseMs);
  const stands = await settle(dependencies, held, batch, verdict);
  tell(log, batch, stands ? verdict : undefined);
}

function settle(
  { batches, linesMax }: SendBatchDependencies,
  held: HeldLane,
  batch: Batch,
  verdict: Verdict,
): Promise<boolean> {
  const { answer } = verdict;
  switch (verdict.kind) {
    case 'ACCEPT':
      return batches.accept(held, batch, answer, linesMax);
    case 'POSTPONE':
      return batches.postpone(held, batch, answer, verdict);
    case 'DISSOLVE':
      return batches.dissolve(held, batch, answer, verdict.refusal);
    case 'BURY':
      return batches.bury(held, batch, answer, verdict.refusal);
  }
}

function tell(log: Log, batch: Batch, verdict: Verdict | undefined): void {
  const { id: requestId, msn, rail, attempt } = batch;
  const event = {
    requestId,
    msn,
    rail,
    attempt,
    lines: batch.lines.length,
    answer: verdict?.answer,
  };
  switch (verdict?.kind) {
    case undefined:
      log.warn({ ...event, event: 'status-update.fenced-off' });
      return;
    case 'ACCEPT':
      log.info({ ...event, event: 'status-update.accepted' });
      return;
    case 'DISSOLVE':
      log.warn({ ...event, event: 'status-update.dissolved' });
      return;
    case 'POSTPONE':
      if (verdict.alarm) log.error({ ...event, event: 'status-update.stuck' });
      else log.warn({ ...event, event: 'status-update.postponed' });
      return;
    case 'BURY':
      log.error({ ...event, ...deadLine(batch), event: 'status-update.dead' });
  }
}

function deadLine({ lines: [dead] }: Batch) {
  return {
    paymentId: dead?.paymentId,
    sequence: dead?.sequence,
    pspTransactionId: dead?.line.pspTransactionId,
  };
}
