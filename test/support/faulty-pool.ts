import { type Pool } from 'pg';
import { type Database } from '../../src/database/database.ts';

/** What happens in place of a statement; `run` runs it after all. */
export type Fault = (run: () => Promise<unknown>) => Promise<unknown>;

/** A way to the database on which a test can make single statements fail, hang or lose their answer. */
export interface FaultyDatabase {
  readonly database: Database;
  /** From now on, for statements of that name (`leg-open`, `leg-decide`…), or for all with `*`. */
  fault(statement: string, fault: Fault): void;
  /** Everything works again. */
  heal(): void;
  /** Resolves when those of that name that have been asked for by now have come back, whatever of them. */
  cameBack(statement: string): Promise<void>;
  /** How often each statement was asked for. */
  readonly asked: Map<string, number>;
  /** How often each was answered, and not with an error. */
  readonly answered: Map<string, number>;
}

export function faultyDatabase(database: Database): FaultyDatabase {
  const faults = new Map<string, Fault>();
  const asked = new Map<string, number>();
  const answered = new Map<string, number>();
  const underWay = new Map<Promise<unknown>, string>();
  const query = (...args: unknown[]): Promise<unknown> => {
    const name = (args[0] as { name?: string }).name ?? 'unnamed';
    const asking = ask(name, args);
    underWay.set(asking, name);
    const cameBack = (): boolean => underWay.delete(asking);
    asking.then(cameBack, cameBack);
    return asking;
  };
  const ask = async (name: string, args: readonly unknown[]): Promise<unknown> => {
    const run = () => (database.hot.query as (...all: unknown[]) => Promise<unknown>)(...args);
    count(asked, name);
    const fault = faults.get(name) ?? faults.get('*');
    const answer = await (fault ? fault(run) : run());
    count(answered, name);
    return answer;
  };
  const hot = new Proxy(database.hot, {
    get: (pool, member) =>
      member === 'query' ? query : (Reflect.get(pool, member) as Pool[keyof Pool]),
  });
  return {
    database: { ...database, hot },
    fault: (statement, fault) => faults.set(statement, fault),
    heal: () => {
      faults.clear();
    },
    cameBack: async (statement) => {
      const those = [...underWay].filter(([, name]) => name === statement);
      await Promise.allSettled(those.map(([asking]) => asking));
    },
    asked,
    answered,
  };
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** As the driver says it when nobody listens. */
export const away: Fault = () =>
  Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));

/** The statement takes effect, and the connection breaks before its answer comes. */
export const answerLost: Fault = async (run) => {
  await run();
  throw new Error('Connection terminated unexpectedly');
};

/** The first time as given, afterwards as always. */
export function once(fault: Fault): Fault {
  let used = false;
  return (run) => {
    if (used) return run();
    used = true;
    return fault(run);
  };
}

/** Holds what comes until it is let go. */
export interface Gate {
  readonly fault: Fault;
  readonly passed: Promise<void>;
  /** Resolves when the first one stands before the gate. */
  readonly reached: Promise<void>;
  open(): void;
}

export function aGate(): Gate {
  const opening = withResolvers();
  const arrival = withResolvers();
  return {
    fault: async (run) => {
      arrival.resolve(undefined);
      await opening.promise;
      return run();
    },
    passed: opening.promise,
    reached: arrival.promise,
    open: () => {
      opening.resolve(undefined);
    },
  };
}

function withResolvers() {
  let resolve: (value: undefined) => void = () => undefined;
  const promise = new Promise<undefined>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
