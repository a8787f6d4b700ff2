import { type Stores } from '../../../src/composition/stores.ts';
import { type Transaction, type Transactions } from '../../../src/database/database.ts';
import { memoryLegs, memoryStepUpLegs } from './legs.ts';
import { memoryIdempotency, memoryInitiations } from './merchants-calls.ts';
import { memoryModifications } from './modifications.ts';
import { memoryBatches, memoryLanes } from './outbox.ts';
import { memoryExpiry, memoryInstances, memoryReversals } from './reversals.ts';
import { type Statement } from './statement.ts';
import { type Tables } from './tables.ts';

/** How statements and transactions get to the tables: at once, or over a line that may fail. */
export interface Connection {
  readonly statement: Statement;
  readonly transaction: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/**
 * The stores on tables in memory, for simulations. They pass the same contract tests as those on
 * PostgreSQL.
 */
export function memoryStores(tables: Tables, connection: Connection): Stores {
  const { statement } = connection;
  return {
    transactions: transactionsOn(connection),
    instances: memoryInstances(tables, statement),
    legs: memoryLegs(tables, statement),
    stepUpLegs: memoryStepUpLegs(tables, statement),
    reversals: memoryReversals(tables, statement),
    expiry: memoryExpiry(tables, statement),
    lanes: memoryLanes(tables, statement),
    batches: memoryBatches(tables, statement),
    idempotency: memoryIdempotency(tables),
    initiations: memoryInitiations(tables),
    modifications: memoryModifications(tables),
  };
}

/** The repositories find the tables by themselves: a transaction has nothing to give them. */
const transaction = Object.create(null) as Transaction;

function transactionsOn(connection: Connection): Transactions {
  const begin = (work: (trx: Transaction) => Promise<unknown>) =>
    connection.transaction(() => work(transaction));
  return { knex: { transaction: begin as Transactions['knex']['transaction'] } };
}
