import { type Circuit } from '../http/circuit.ts';
import { withRetries } from '../http/with-retries.ts';
import { afterEarlierTries } from './call-failure.ts';
import {
  type Called,
  sendWithToken,
  type SendDependencies,
  type VippsCall,
} from './send-with-token.ts';

/**
 * Makes a call with a valid access token, behind the operation's breaker, with repeats inside the
 * caller's budget. All tries carry the same Request-Id and the same body.
 */
export async function callVipps<Success>(
  dependencies: SendDependencies,
  call: VippsCall<Success>,
): Promise<Called<Success>> {
  const { clock } = dependencies;
  const { signal, budgetMs } = call.context;
  const untilMs = clock.monotonicMs() + budgetMs;
  let inDoubt = false;

  const last = await withRetries<Called<Success>>(
    {
      ...call.retries,
      clock,
      untilMs,
      ...(signal && { signal }),
      shouldRetry: isWorthRepeating,
      delayMsMin: (called) => ('failure' in called ? (called.retryAfterMs ?? 0) : 0),
    },
    async () => {
      const called = await throughCircuit(call.circuit, () =>
        sendWithToken(dependencies, call, untilMs),
      );
      inDoubt ||= 'failure' in called && called.failure.mayHaveTakenEffect;
      return called;
    },
  );
  return 'failure' in last ? { failure: afterEarlierTries(last.failure, inDoubt) } : last;
}

async function throughCircuit<Success>(
  circuit: Circuit,
  send: () => Promise<Called<Success>>,
): Promise<Called<Success>> {
  const called = await circuit.run(send, isOutage);
  if (!('kind' in called)) return called;
  return { failure: { ...called, mayHaveTakenEffect: false } };
}

function isWorthRepeating(called: Called<unknown>): boolean {
  if ('success' in called) return false;
  const { kind } = called.failure;
  return kind === 'NO_ANSWER' || kind === 'NOT_SENT' || kind === 'FAILED';
}

/** Whether Vipps itself is in trouble, and not our request or our rate. */
function isOutage(called: Called<unknown>): boolean {
  if ('success' in called) return false;
  const { failure } = called;
  if (failure.kind === 'FAILED') return failure.httpStatus >= 500;
  return failure.kind === 'NO_ANSWER' || failure.kind === 'NOT_SENT';
}
