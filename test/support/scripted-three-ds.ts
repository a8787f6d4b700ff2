import { randomUUID } from 'node:crypto';
import {
  type BeginOutcome,
  type ChallengeRequest,
  type ThreeDsServer,
} from '../../src/step-up/three-ds-server.ts';

export interface ScriptedThreeDs extends ThreeDsServer {
  readonly begun: ChallengeRequest[];
  /** What begin answers from now on. */
  beginWith(
    answer: (request: ChallengeRequest, signal: AbortSignal) => Promise<BeginOutcome>,
  ): void;
  heal(): void;
}

/** A 3-D Secure server that does what the test says, and remembers what it was asked. */
export function scriptedThreeDs(): ScriptedThreeDs {
  const challenge = (): Promise<BeginOutcome> => {
    const serverReference = randomUUID();
    const challengeUrl = `https://acs.example.com/${serverReference}`;
    return Promise.resolve({ kind: 'CHALLENGE', serverReference, challengeUrl });
  };
  let begin: Parameters<ScriptedThreeDs['beginWith']>[0] = challenge;
  const begun: ChallengeRequest[] = [];
  return {
    begun,
    beginWith: (answer) => {
      begin = answer;
    },
    heal: () => {
      begin = challenge;
    },
    begin: (request, signal) => {
      begun.push(request);
      return begin(request, signal);
    },
    result: () => Promise.resolve({ kind: 'UNKNOWN', why: 'not in the script' }),
  };
}
