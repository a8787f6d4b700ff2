import {
  type Acquirer,
  type AuthorisationOutcome,
  type AuthorisationRequest,
  type ModificationOutcome,
  type ModificationRequest,
  type ReversalOutcome,
  type ReversalRequest,
} from '../../src/acquirer/acquirer.ts';

export interface ScriptedAcquirer extends Acquirer {
  readonly authorisations: AuthorisationRequest[];
  readonly reversals: ReversalRequest[];
  /** Captures, voids and refunds, in the order in which they came. */
  readonly modifications: ScriptedModification[];
  /** What authorise answers from now on. */
  authoriseWith(
    answer: (request: AuthorisationRequest, signal: AbortSignal) => Promise<AuthorisationOutcome>,
  ): void;
  reverseWith(answer: (request: ReversalRequest) => Promise<ReversalOutcome>): void;
  /** What captures, voids and refunds are answered with from now on. */
  modifyWith(
    answer: (
      modification: ScriptedModification,
      signal: AbortSignal,
    ) => ModificationOutcome | Promise<ModificationOutcome>,
  ): void;
}

export type ScriptedModification = ModificationRequest & {
  readonly message: 'capture' | 'void' | 'refund';
};

export const done: ModificationOutcome = { kind: 'DONE', responseCode: '00', rrn: '000000000002' };

export const approved: AuthorisationOutcome = {
  kind: 'APPROVED',
  responseCode: '00',
  authorisationCode: '123456',
  rrn: '000000000001',
};

export const softDeclined: AuthorisationOutcome = { kind: 'SOFT_DECLINED', responseCode: '1A' };

/** An acquirer that does what the test says, and remembers what it was asked. */
export function scriptedAcquirer(): ScriptedAcquirer {
  let authorise: Parameters<ScriptedAcquirer['authoriseWith']>[0] = () => Promise.resolve(approved);
  let reverse: Parameters<ScriptedAcquirer['reverseWith']>[0] = () =>
    Promise.resolve({ kind: 'ACKNOWLEDGED', found: true });
  const authorisations: AuthorisationRequest[] = [];
  const reversals: ReversalRequest[] = [];
  let modify: Parameters<ScriptedAcquirer['modifyWith']>[0] = () => done;
  const modifications: ScriptedModification[] = [];
  const modifier =
    (message: ScriptedModification['message']) =>
    async (request: ModificationRequest, signal: AbortSignal) => {
      const modification = { ...request, message };
      modifications.push(modification);
      return modify(modification, signal);
    };
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
    modifications,
    modifyWith: (answer) => {
      modify = answer;
    },
    authorise: (request, signal) => {
      authorisations.push(request);
      return authorise(request, signal);
    },
    reverse: (request) => {
      reversals.push(request);
      return reverse(request);
    },
    capture: modifier('capture'),
    void: modifier('void'),
    refund: modifier('refund'),
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
