import {
  type Acquirer,
  type AuthorisationOutcome,
  type AuthorisationRequest,
  type ReversalOutcome,
  type ReversalRequest,
} from '../../src/acquirer/acquirer.ts';

export interface ScriptedAcquirer extends Acquirer {
  readonly authorisations: AuthorisationRequest[];
  readonly reversals: ReversalRequest[];
  /** What authorise answers from now on. */
  authoriseWith(
    answer: (request: AuthorisationRequest, signal: AbortSignal) => Promise<AuthorisationOutcome>,
  ): void;
  reverseWith(answer: (request: ReversalRequest) => Promise<ReversalOutcome>): void;
}

export const approved: AuthorisationOutcome = {
  kind: 'APPROVED',
  responseCode: '00',
  authorisationCode: '123456',
  rrn: '000000000001',
};

/** An acquirer that does what the test says, and remembers what it was asked. */
export function scriptedAcquirer(): ScriptedAcquirer {
  let authorise: Parameters<ScriptedAcquirer['authoriseWith']>[0] = () => Promise.resolve(approved);
  let reverse: Parameters<ScriptedAcquirer['reverseWith']>[0] = () =>
    Promise.resolve({ kind: 'ACKNOWLEDGED', found: true });
  const authorisations: AuthorisationRequest[] = [];
  const reversals: ReversalRequest[] = [];
  const unknown = () => Promise.resolve({ kind: 'UNKNOWN', why: 'not in the script' } as const);
  return {
    authorisations,
    reversals,
    authoriseWith: (answer) => {
      authorise = answer;
    },
    reverseWith: (answer) => {
      reverse = answer;
    },
    authorise: (request, signal) => {
      authorisations.push(request);
      return authorise(request, signal);
    },
    reverse: (request) => {
      reversals.push(request);
      return reverse(request);
    },
    capture: unknown,
    void: unknown,
    refund: unknown,
    inquire: unknown,
  };
}

/** Answers only when the caller has given up: an acquirer that hangs. */
export function silence(
  _request: AuthorisationRequest,
  signal: AbortSignal,
): Promise<AuthorisationOutcome> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve({ kind: 'NO_ANSWER', why: 'no answer in time' });
    });
  });
}
