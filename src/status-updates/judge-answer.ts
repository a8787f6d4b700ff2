import { type UpdateStatusOutcome } from '../psp-api/psp-api.ts';
import { type Postponement, type Refusal } from './batch-repository.ts';

/** What is to become of a batch after Vipps' answer, or after the lack of one. */
export type Verdict =
  | { readonly kind: 'ACCEPT'; readonly answer: string }
  | { readonly kind: 'DISSOLVE' | 'BURY'; readonly answer: string; readonly refusal: Refusal }
  | (Postponement & {
      readonly kind: 'POSTPONE';
      readonly answer: string;
      /** Waiting alone will hardly help: somebody must look. */
      readonly alarm: boolean;
      /** Not about this batch but about all of ours: nothing is sent for so long. */
      readonly pauseMs: number;
    });

const unauthorisedPauseMs = 2_000;

/** The delays have grown to a minute by then. */
const alarmingAttempt = 7;

/** Refusals of the merchant as a whole: its lines are good, and must not die of them one by one. */
const merchantCodes: ReadonlySet<string> = new Set(['21', '37']);
const merchantMessage = /invalid msn|merchant not available/i;

/**
 * A 400 is about the lines, and 413 about their number: the batch is dissolved, or its only line is
 * dead. Everything else goes again as it was: it may have taken effect (silence, 5xx), or it is not
 * about the lines (401, 403, 404, 429, a merchant that Vipps has blocked). `delayMs` is how long that
 * waits where Vipps asks for nothing else.
 *
 * Source: Vipps PSP API v2, updatestatus: one answer for all lines, without telling which is bad.
 */
export function judgeAnswer(
  outcome: UpdateStatusOutcome,
  batch: { readonly attempt: number; readonly lines: number },
  delayMs: number,
): Verdict {
  const answer = answerOf(outcome);
  if (outcome.kind === 'ACCEPTED') return { kind: 'ACCEPT', answer };
  if (outcome.kind === 'REFUSED' && isAboutLines(outcome, batch.lines)) {
    const { code, message } = outcome;
    return { kind: batch.lines === 1 ? 'BURY' : 'DISSOLVE', answer, refusal: { code, message } };
  }
  return postponed(outcome, batch.attempt, { answer, delayMs });
}

type Failure = Exclude<UpdateStatusOutcome, { kind: 'ACCEPTED' }>;

function isAboutLines(
  { httpStatus, code, message }: Extract<Failure, { kind: 'REFUSED' }>,
  lines: number,
): boolean {
  if (httpStatus === 413) return lines > 1;
  return httpStatus === 400 && !merchantCodes.has(code) && !merchantMessage.test(message);
}

function postponed(
  failure: Failure,
  attempt: number,
  given: { readonly answer: string; readonly delayMs: number },
): Verdict {
  const common = {
    kind: 'POSTPONE',
    ...given,
    refused: !failure.mayHaveTakenEffect,
    counts: true,
    alarm: attempt >= alarmingAttempt,
    pauseMs: 0,
  } as const;
  switch (failure.kind) {
    case 'REFUSED':
      return { ...common, alarm: true };
    case 'UNAUTHORISED':
      return { ...common, alarm: true, pauseMs: unauthorisedPauseMs };
    case 'BREAKER_OPEN': {
      const waitMs = failure.retryAfterSeconds * 1_000;
      return { ...common, delayMs: waitMs, counts: false, alarm: false, pauseMs: waitMs };
    }
    case 'FAILED':
      return failure.httpStatus === 429 ? slowedDown(common, failure.retryAfterMs ?? 0) : common;
    case 'NO_ANSWER':
    case 'NOT_SENT':
      return common;
  }
}

function slowedDown(
  postponement: Extract<Verdict, { kind: 'POSTPONE' }>,
  retryAfterMs: number,
): Verdict {
  return {
    ...postponement,
    delayMs: Math.max(postponement.delayMs, retryAfterMs),
    pauseMs: retryAfterMs,
  };
}

/** For the log and the timeline: what Vipps said, or what happened instead. */
function answerOf(outcome: UpdateStatusOutcome): string {
  switch (outcome.kind) {
    case 'ACCEPTED':
      return ['ACCEPTED', outcome.responseCode, outcome.responseMessage].filter(Boolean).join(' ');
    case 'REFUSED':
    case 'FAILED':
      return [`HTTP ${outcome.httpStatus}`, outcome.code, outcome.message, contextOf(outcome)]
        .filter(Boolean)
        .join(' ');
    case 'NO_ANSWER':
    case 'NOT_SENT':
      return `${outcome.kind} ${outcome.why}`;
    case 'UNAUTHORISED':
    case 'BREAKER_OPEN':
      return outcome.kind;
  }
}

/** What Vipps' support asks for. */
function contextOf({ contextId }: { readonly contextId?: string }): string | undefined {
  return contextId === undefined ? undefined : `(contextId ${contextId})`;
}
