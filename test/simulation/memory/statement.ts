import { type Transaction } from '../../../src/database/database.ts';
import { type Tables } from './tables.ts';

/**
 * Runs one statement: whole and alone, as everything that a statement does happens at one moment. The
 * name is that of its commit where it writes.
 */
export type Statement = <Result>(name: string, run: () => Result) => Promise<Result>;

/** One transaction at a time. A statement waits until the transaction that is open has ended. */
export interface Turns {
  statement: Statement;
  transaction<Result>(work: () => Promise<Result>): Promise<Result>;
}

/**
 * Deterministic locks: whoever comes first goes first, and has the whole database. The races that
 * PostgreSQL decides row by row are decided here before they begin; those inside of a transaction are
 * for the tests on the real database.
 */
export function createTurns(tables: Tables): Turns {
  const waiting: (() => void)[] = [];
  let taken = false;

  async function alone<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    if (taken) await new Promise<void>((resolve) => waiting.push(resolve));
    taken = true;
    try {
      const result = await work();
      tables.undo.length = 0;
      return result;
    } catch (error) {
      for (const takeBack of tables.undo.splice(0).reverse()) takeBack();
      throw error;
    } finally {
      const next = waiting.shift();
      if (next) next();
      else taken = false;
    }
  }

  return { statement: (_name, run) => alone(run), transaction: alone };
}

/** A step of the transaction that is open, of which there is one at a time. */
export function inTurn<Args extends readonly unknown[], Result>(run: (...args: Args) => Result) {
  return (_trx: Transaction, ...args: Args): Promise<Result> =>
    new Promise((resolve) => {
      resolve(run(...args));
    });
}
