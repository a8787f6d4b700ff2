import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  CountBreaker,
  handleWhenResult,
} from 'cockatiel';
import { type Clock } from '../shared/clock.ts';

export interface CircuitOptions {
  /** The last calls that are looked at. */
  readonly windowCalls?: number;
  /** Below this many calls nothing is concluded. */
  readonly callsMin?: number;
  /** Above this share of failures the circuit opens; between 0 and 1. */
  readonly failureRatioMax?: number;
  /** How long nothing is sent before one call may try again. */
  readonly openMs?: number;
}

export type CircuitPosition = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

export type CircuitRefusal = { readonly kind: 'BREAKER_OPEN'; readonly retryAfterSeconds: number };

export interface Circuit {
  /**
   * Runs the call, or answers BREAKER_OPEN without running it. While one call probes whether the
   * other side is back, all others are refused at once: nobody waits for the probe.
   */
  run<Result>(
    call: () => Promise<Result>,
    isFailure: (result: Result) => boolean,
  ): Promise<Result | CircuitRefusal>;
  /** For metrics and readiness. */
  position(): CircuitPosition;
}

/** Stops calling a party that has stopped answering, and lets one call at a time find out. */
export function createCircuit(clock: Clock, options: CircuitOptions = {}): Circuit {
  const openMs = options.openMs ?? 5_000;
  const breaker = circuitBreaker(
    handleWhenResult((result) => result instanceof Verdict && result.failed),
    {
      halfOpenAfter: openMs,
      breaker: new CountBreaker({
        threshold: options.failureRatioMax ?? 0.5,
        size: options.windowCalls ?? 40,
        minimumNumberOfCalls: options.callsMin ?? 20,
      }),
    },
  );
  let openedAtMs = 0;
  breaker.onBreak(() => {
    openedAtMs = clock.monotonicMs();
  });

  const refusal = (): CircuitRefusal => {
    const leftMs = openedAtMs + openMs - clock.monotonicMs();
    return { kind: 'BREAKER_OPEN', retryAfterSeconds: Math.max(1, Math.ceil(leftMs / 1_000)) };
  };

  return {
    async run(call, isFailure) {
      if (breaker.state === CircuitState.HalfOpen) return refusal();
      try {
        const verdict = await breaker.execute(async () => {
          const result = await call();
          return new Verdict(result, isFailure(result));
        });
        return verdict.result;
      } catch (thrown) {
        if (thrown instanceof BrokenCircuitError) return refusal();
        throw thrown;
      }
    },
    position: () => positions[breaker.state],
  };
}

/** A result together with what the breaker is to think of it. */
class Verdict<Result> {
  readonly result: Result;
  readonly failed: boolean;

  constructor(result: Result, failed: boolean) {
    this.result = result;
    this.failed = failed;
  }
}

const positions = {
  [CircuitState.Closed]: 'CLOSED',
  [CircuitState.Open]: 'OPEN',
  [CircuitState.HalfOpen]: 'HALF_OPEN',
  [CircuitState.Isolated]: 'OPEN',
} as const satisfies Record<CircuitState, CircuitPosition>;
