import {
  type AuthorisationOutcome,
  type AuthorisationRequest,
} from '../../src/acquirer/acquirer.ts';
import { type Clock, systemClock } from '../../src/shared/clock.ts';
import { type ScriptedAcquirer } from './scripted-acquirer.ts';

/** The acquirer has the next authorisation in hand, and answers when it is told what. */
export interface HeldAuthorisation {
  /** Resolves when the acquirer has been asked. */
  readonly asked: Promise<AuthorisationRequest>;
  /** Resolves when the caller has given up. */
  readonly givenUp: Promise<void>;
  answer(outcome: AuthorisationOutcome): void;
}

export function holdAuthorisation(acquirer: ScriptedAcquirer): HeldAuthorisation {
  let answer: (outcome: AuthorisationOutcome) => void = () => undefined;
  let giveUp: () => void = () => undefined;
  const outcome = new Promise<AuthorisationOutcome>((resolve) => (answer = resolve));
  const givenUp = new Promise<void>((resolve) => (giveUp = resolve));
  const asked = new Promise<AuthorisationRequest>((resolve) => {
    acquirer.authoriseWith((request, signal) => {
      signal.addEventListener('abort', giveUp);
      resolve(request);
      return outcome;
    });
  });
  return {
    asked,
    givenUp,
    answer: (given) => {
      answer(given);
    },
  };
}

/** The system's clock, of which a test can say that more time has gone by. */
export interface JumpingClock extends Clock {
  jump(ms: number): void;
}

export function jumpingClock(): JumpingClock {
  let jumpedMs = 0;
  return {
    ...systemClock,
    monotonicMs: () => systemClock.monotonicMs() + jumpedMs,
    jump: (ms) => {
      jumpedMs += ms;
    },
  };
}
