import { Pool } from 'undici';
import { type Call } from './calls.ts';

/** What a caller needs to know of its target. */
export interface Target {
  readonly url: string;
  /** The next call to make; each is made once. */
  readonly nextCall: () => Call;
}

export interface Measured {
  readonly perSecond: number;
  readonly latenciesMs: readonly number[];
  /** Answers that were not 200 with status OK, warm-up included. */
  readonly failures: readonly string[];
}

export interface Timing {
  readonly warmUpMs: number;
  readonly measureMs: number;
}

const approved = '"status":"OK"';
const openLoopConnections = 64;

/** So many callers, each with one call at a time on a connection of its own, as fast as it goes. */
export async function closedLoop(
  target: Target,
  callers: number,
  timing: Timing,
): Promise<Measured> {
  const pool = new Pool(target.url, { connections: callers, pipelining: 1 });
  const record = startRecord(timing);
  const caller = async (): Promise<void> => {
    while (performance.now() < record.endMs) {
      await record.measure(pool, target.nextCall(), performance.now());
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  await pool.close();
  return record.measured();
}

/**
 * So many calls a second at random moments, whether or not earlier ones were answered, as
 * customers make them. Time counts from the moment at which a call was due.
 */
export async function openLoop(
  target: Target,
  perSecond: number,
  timing: Timing,
): Promise<Measured> {
  const pool = new Pool(target.url, { connections: openLoopConnections, pipelining: 1 });
  const record = startRecord(timing);
  const calls: Promise<void>[] = [];
  let dueMs = performance.now();
  for (;;) {
    dueMs += (-Math.log(1 - Math.random()) * 1_000) / perSecond;
    if (dueMs > record.endMs) break;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    calls.push(record.measure(pool, target.nextCall(), dueMs));
  }
  await Promise.all(calls);
  await pool.close();
  return record.measured();
}

function startRecord({ warmUpMs, measureMs }: Timing) {
  const beginMs = performance.now() + warmUpMs;
  const endMs = beginMs + measureMs;
  const latenciesMs: number[] = [];
  const failures: string[] = [];
  return {
    endMs,
    async measure(pool: Pool, call: Call, sinceMs: number): Promise<void> {
      const failure = await makeCall(pool, call);
      const answeredMs = performance.now();
      if (failure !== undefined) failures.push(failure);
      if (answeredMs >= beginMs && answeredMs < endMs) latenciesMs.push(answeredMs - sinceMs);
    },
    measured: (): Measured => ({
      perSecond: latenciesMs.length / (measureMs / 1_000),
      latenciesMs,
      failures,
    }),
  };
}

async function makeCall(pool: Pool, call: Call): Promise<string | undefined> {
  try {
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: call.path,
      headers: call.headers,
      body: call.body,
    });
    const text = await body.text();
    return statusCode === 200 && text.includes(approved) ? undefined : `${statusCode} ${text}`;
  } catch (error) {
    return String(error);
  }
}
