import { appendFileSync } from 'node:fs';
import { AdapterError } from './errors.ts';

/** The setting of the crash points cannot be read. */
export class CrashPointUnknown extends AdapterError {
  override readonly name = 'CrashPointUnknown';
  readonly code = 'CRASH_POINT_UNKNOWN';
}

/** What is to happen at crash points: kill at the nth passing of one, or write down each that is passed. */
type Orders =
  | { readonly kind: 'KILL'; readonly point: string; remaining: number }
  | { readonly kind: 'RECORD'; readonly file: string };

let orders: Orders | undefined;

/**
 * Tells what is to happen at the points that {@link passing} names. For tests of crashes; refused in
 * production by the configuration.
 *
 * `kill:<point>#<n>` ends the process with SIGKILL when the point is passed for the nth time;
 * `record:<file>` appends the name of every point passed to the file.
 *
 * @throws {CrashPointUnknown} when the text is neither.
 */
export function armCrashPoints(text: string): void {
  const kill = /^kill:(?<point>[^#]+)#(?<nth>[1-9]\d{0,3})$/.exec(text)?.groups;
  const record = /^record:(?<file>.+)$/.exec(text)?.groups;
  if (kill) orders = { kind: 'KILL', point: kill['point'] ?? '', remaining: Number(kill['nth']) };
  else if (record) orders = { kind: 'RECORD', file: record['file'] ?? '' };
  else throw new CrashPointUnknown('CRASH_AT must be kill:<point>#<n> or record:<file>');
}

/** Whether anything is to happen at all: without it no effect is wrapped, and nothing costs anything. */
export function crashPointsAreArmed(): boolean {
  return orders !== undefined;
}

/** A named moment at which a crash can be ordered. Does nothing unless armed. */
export function passing(point: string): void {
  if (orders === undefined) return;
  if (orders.kind === 'RECORD') {
    appendFileSync(orders.file, `${point}\n`);
    return;
  }
  if (orders.point !== point) return;
  orders.remaining -= 1;
  if (orders.remaining > 0) return;
  process.kill(process.pid, 'SIGKILL');
  // The signal is on its way: nothing may happen any more.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Runs an effect (a commit, a call, an answer) with a crash point before and after it. */
export async function effect<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
  if (orders === undefined) return run();
  passing(`${name}:before`);
  const result = await run();
  passing(`${name}:after`);
  return result;
}

/** Whether a method changes something on the other side, or only asks. */
export type Kind = 'EFFECT' | 'QUESTION';

/** A party that we call; each of its methods that is an effect is one called `<name>.<method>`. */
export function withCrashPoints<Party extends object>(
  name: string,
  party: Party,
  methods: Readonly<Record<string, Kind>>,
): Party {
  if (orders === undefined) return party;
  return new Proxy(party, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function' || methods[String(key)] !== 'EFFECT') return member;
      return (...args: unknown[]) =>
        effect(`${name}.${String(key)}`, () =>
          Promise.resolve(Reflect.apply(member, target, args) as unknown),
        );
    },
  });
}
