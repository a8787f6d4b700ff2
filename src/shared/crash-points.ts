import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { AdapterError } from './errors.ts';

/** The setting of the crash points cannot be read. */
export class CrashPointUnknown extends AdapterError {
  override readonly name = 'CrashPointUnknown';
  readonly code = 'CRASH_POINT_UNKNOWN';
}

/** What is to happen at crash points: an end or a standstill at a passing of one, or a list of all passed. */
type Order =
  | { readonly kind: 'KILL' | 'STOP'; readonly points: string[]; remaining: number }
  | { readonly kind: 'RECORD'; readonly file: string }
  | { readonly kind: 'NOTHING' };

/** Where the order is: in the setting itself, or in a file in which it may change at any moment. */
interface Orders {
  readonly file: string | undefined;
  text: string;
  current: Order;
}

let orders: Orders | undefined;

/**
 * Tells what is to happen at the points that {@link passing} names. For tests of crashes; refused in
 * production by the configuration.
 *
 * - `kill:<point>#<n>` ends the process with SIGKILL when the point is passed for the nth time;
 *   `kill:<first>><point>#<n>` counts from when the first point was passed;
 * - `stop:` in place of `kill:` stops it with SIGSTOP, until somebody sends it SIGCONT;
 * - `record:<file>` appends the name of every point passed to the file;
 * - `orders:<file>` looks into the file at each point: it holds one of the above, or nothing. The
 *   file is emptied before the process is killed or stopped, so that it happens once.
 *
 * @throws {CrashPointUnknown} when the text is none of these.
 */
export function armCrashPoints(text: string): void {
  const file = /^orders:(?<file>.+)$/.exec(text)?.groups?.['file'];
  const current: Order = file === undefined ? orderFrom(text) : { kind: 'NOTHING' };
  orders = { file, text: '', current };
}

function orderFrom(text: string): Order {
  const at = /^(?<what>kill|stop):(?<points>[^#]+)#(?<nth>[1-9]\d{0,3})$/.exec(text)?.groups;
  if (at) {
    const kind = at['what'] === 'kill' ? 'KILL' : 'STOP';
    return { kind, points: (at['points'] ?? '').split('>'), remaining: Number(at['nth']) };
  }
  const record = /^record:(?<file>.+)$/.exec(text)?.groups;
  if (record) return { kind: 'RECORD', file: record['file'] ?? '' };
  throw new CrashPointUnknown(
    'CRASH_AT must be kill:<point>#<n>, stop:<point>#<n>, record:<file> or orders:<file>',
  );
}

function orderOf(from: Orders): Order {
  if (from.file === undefined) return from.current;
  const text = readFileSync(from.file, 'utf8').trim();
  if (text !== from.text) {
    from.text = text;
    from.current = text === '' ? { kind: 'NOTHING' } : orderFrom(text);
  }
  return from.current;
}

/** Whether anything is to happen at all: without it no effect is wrapped, and nothing costs anything. */
export function crashPointsAreArmed(): boolean {
  return orders !== undefined;
}

/** A named moment at which a crash can be ordered. Does nothing unless armed. */
export function passing(point: string): void {
  if (orders === undefined) return;
  const order = orderOf(orders);
  if (order.kind === 'RECORD') appendFileSync(order.file, `${point}\n`);
  if (!('points' in order) || order.points[0] !== point) return;
  if (order.points.length > 1) {
    order.points.shift();
    return;
  }
  order.remaining -= 1;
  if (order.remaining !== 0) return;
  if (orders.file !== undefined) writeFileSync(orders.file, '');
  if (order.kind === 'KILL') die();
  else process.kill(process.pid, 'SIGSTOP');
}

function die(): void {
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
