import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type UpdateStatusOutcome } from '../../../src/psp-api/psp-api.ts';
import { judgeAnswer } from '../../../src/status-updates/judge-answer.ts';

const refused = (httpStatus: number, code = '51', message = 'Invalid request') =>
  ({ kind: 'REFUSED', httpStatus, code, message, mayHaveTakenEffect: false }) as const;
const failed = (httpStatus: number, retryAfterMs?: number) =>
  ({
    kind: 'FAILED',
    httpStatus,
    code: 'x',
    message: 'y',
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    mayHaveTakenEffect: httpStatus !== 429,
  }) as const;
const silence = { kind: 'NO_ANSWER', why: 'cut', mayHaveTakenEffect: true } as const;

describe('what Vipps answers to a batch', () => {
  const rows: readonly (readonly [string, UpdateStatusOutcome, number, string])[] = [
    ['200', { kind: 'ACCEPTED' }, 3, 'ACCEPT'],
    ['400 to several lines', refused(400), 3, 'DISSOLVE'],
    ['400 to one line', refused(400), 1, 'BURY'],
    ['400 because of the merchant, by code', refused(400, '37'), 1, 'POSTPONE'],
    ['400 because of the merchant, by text', refused(400, 'x', 'Invalid MSN: 1.'), 3, 'POSTPONE'],
    ['401', { kind: 'UNAUTHORISED', mayHaveTakenEffect: false }, 3, 'POSTPONE'],
    ['403', refused(403), 3, 'POSTPONE'],
    ['404', refused(404), 1, 'POSTPONE'],
    ['413 to several lines', refused(413), 3, 'DISSOLVE'],
    ['413 to one line', refused(413), 1, 'POSTPONE'],
    ['429', failed(429), 3, 'POSTPONE'],
    ['500', failed(500), 1, 'POSTPONE'],
    ['silence', silence, 1, 'POSTPONE'],
    [
      'nothing, as it was not sent',
      { kind: 'NOT_SENT', why: 'refused', mayHaveTakenEffect: false },
      1,
      'POSTPONE',
    ],
    [
      'nothing, as Vipps is down',
      { kind: 'BREAKER_OPEN', retryAfterSeconds: 5, mayHaveTakenEffect: false },
      1,
      'POSTPONE',
    ],
  ];
  for (const [name, outcome, lines, verdict] of rows) {
    it(`R65 ${name}: ${verdict}`, () => {
      assert.equal(judgeAnswer(outcome, { attempt: 1, lines }, 500).kind, verdict);
    });
  }

  it('keeps the contextId of v3 with the answer, for it is what support asks for', () => {
    const { answer } = judgeAnswer(
      { ...refused(400), contextId: 'cf6d52c9' },
      { attempt: 1, lines: 1 },
      500,
    );

    assert.equal(answer, 'HTTP 400 51 Invalid request (contextId cf6d52c9)');
  });

  it('waits as long as a 429 asks, with everything', () => {
    const verdict = judgeAnswer(failed(429, 7_000), { attempt: 1, lines: 1 }, 500);

    assert.ok(verdict.kind === 'POSTPONE');
    assert.equal(verdict.delayMs, 7_000);
    assert.equal(verdict.pauseMs, 7_000);
  });

  it('raises an alarm for what waiting alone will hardly cure', () => {
    const alarm = (outcome: UpdateStatusOutcome, attempt: number): boolean => {
      const verdict = judgeAnswer(outcome, { attempt, lines: 1 }, 500);
      return verdict.kind === 'POSTPONE' && verdict.alarm;
    };

    assert.equal(alarm(failed(500), 1), false);
    assert.equal(alarm(failed(500), 7), true);
    assert.equal(alarm(refused(403), 1), true);
    assert.equal(alarm({ kind: 'UNAUTHORISED', mayHaveTakenEffect: false }, 1), true);
  });

  it('tells what certainly took no effect from what may have', () => {
    const isRefused = (outcome: UpdateStatusOutcome): boolean => {
      const verdict = judgeAnswer(outcome, { attempt: 1, lines: 1 }, 500);
      return verdict.kind === 'POSTPONE' && verdict.refused;
    };

    assert.equal(isRefused(silence), false);
    assert.equal(isRefused(failed(500)), false);
    assert.equal(isRefused(failed(429)), true);
    assert.equal(isRefused(refused(404)), true);
  });
});
