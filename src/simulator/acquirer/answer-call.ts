import { type ServerResponse } from 'node:http';
import { type AcquirerState } from './acquirer-state.ts';
import { type Behaviour, plainBehaviour } from './behaviour.ts';
import { type Decision } from './decision.ts';
import { cut, deliver } from './deliver.ts';
import { leaveUndecided } from './leave-undecided.ts';
import { behaviourOfRule, type Operation, tampered } from './misbehaviour.ts';
import { Refusal } from './refusal.ts';

/** One message, checked for its form, with what it takes to decide on it. */
export type Call = {
  readonly operation: Operation;
  readonly reference: string;
  readonly pspTransactionId: string;
  readonly fingerprint: string;
  /** What may be logged of it. */
  readonly logged: Readonly<Record<string, unknown>>;
  /** Asked for on the first arrival only: a repeat is answered plainly. */
  readonly behave: () => Behaviour;
  /** Asked for when the answer is due, so that it sees what happened in between. */
  readonly decide: (responseCode: string | undefined) => Decision;
};

/**
 * Answers a message: with what was answered before where its key is known, by waiting where a call
 * of that key is in progress, and by a decision where it is new. The decision is booked when the
 * answer is due, whether or not the caller is still there.
 */
export async function answerCall(
  state: AcquirerState,
  call: Call,
  response: ServerResponse,
): Promise<void> {
  const earlier = earlierCall(state, call);
  const rule = state.control.misbehaviours.take(call);
  const behaviour = {
    ...(earlier ? plainBehaviour : call.behave()),
    ...behaviourOfRule(rule),
  };
  const { delivery } = behaviour;
  if (behaviour.fate !== 'ANSWER') {
    await leaveUndecided(state, { logged: call.logged, behaviour }, response);
    return;
  }
  const answer = earlier
    ? await replay(state, earlier, behaviour)
    : await settle(state, call, behaviour);
  if (answer === undefined) {
    cut(response);
    return;
  }
  deliver(response, tampered(answer, rule), delivery);
  const repeat = earlier !== undefined;
  state.log.info({ event: 'acquirer.answered', ...call.logged, repeat, delivery, answer });
}

type EarlierCall = {
  readonly fingerprint: string;
  readonly answer: string | Promise<string | undefined>;
};

function earlierCall(state: AcquirerState, call: Call): EarlierCall | undefined {
  const earlier =
    state.ledger.books.bookings.get(call.reference) ?? state.inProgress.get(call.reference);
  if (earlier && earlier.fingerprint !== call.fingerprint) {
    throw new Refusal(409, 'idempotency_key_reused', 'The key was used for another message.');
  }
  return earlier;
}

async function replay(
  state: AcquirerState,
  earlier: EarlierCall,
  { delayMs }: Behaviour,
): Promise<string | undefined> {
  if (delayMs > 0 && !(await state.pause(delayMs))) return undefined;
  return earlier.answer;
}

function settle(
  state: AcquirerState,
  call: Call,
  { delayMs, responseCode }: Behaviour,
): string | Promise<string | undefined> {
  if (delayMs === 0) return book(state, call, responseCode);
  const answer = state.pause(delayMs).then((undisturbed) => {
    if (!undisturbed) return undefined;
    state.inProgress.delete(call.reference);
    return book(state, call, responseCode);
  });
  state.inProgress.set(call.reference, { fingerprint: call.fingerprint, answer });
  return answer;
}

function book(state: AcquirerState, call: Call, responseCode: string | undefined): string {
  const { answer, ...decided } = call.decide(responseCode);
  const text = JSON.stringify(answer);
  state.ledger.book({ ...decided, answer: text, fingerprint: call.fingerprint });
  return text;
}
