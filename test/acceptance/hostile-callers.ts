import { type HostileRequest } from './hostile-requests.ts';
import { sendRaw } from './raw-http.ts';

/** What came of a number of requests. */
export interface HostileOutcome {
  readonly answers: number;
  readonly statuses: ReadonlyMap<number, number>;
  /** A line for each request that was answered as none may be, or not at all. */
  readonly violations: readonly string[];
}

const atOnce = 8;
const answerWithinMs = 30_000;

/** Sends them to the listener, some at a time. */
export async function sendHostile(
  url: string,
  requests: readonly HostileRequest[],
): Promise<HostileOutcome> {
  const statuses = new Map<number, number>();
  const violations: string[] = [];
  const queue = [...requests.entries()];
  let answers = 0;
  const caller = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [number, { route, pieces, cut }] = next;
      const answer = await sendRaw(
        url,
        pieces,
        cut ? { cut, withinMs: 50 } : { withinMs: answerWithinMs },
      );
      const name = `request ${number}, for ${route.method} ${route.path}`;
      for (const status of answer.statuses) statuses.set(status, (statuses.get(status) ?? 0) + 1);
      answers += answer.statuses.length;
      const bad = answer.statuses.find((status) => status >= 500);
      if (bad !== undefined) violations.push(`${name}: ${bad}: ${answer.text.slice(0, 500)}`);
      if (!cut && !answer.closed) violations.push(`${name}: the connection was left open`);
      if (/node_modules|\.[jt]s:\d+|\bat \w+ \(/.test(answer.text)) {
        violations.push(`${name} is told of our insides: ${answer.text.slice(0, 500)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  return { answers, statuses, violations };
}
