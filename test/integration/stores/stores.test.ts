import { after, before } from 'node:test';
import { postgresStores, type Stores } from '../../../src/composition/stores.ts';
import { memoryStores } from '../../simulation/memory/memory-stores.ts';
import { createTurns } from '../../simulation/memory/statement.ts';
import { createTables } from '../../simulation/memory/tables.ts';
import { aMerchant } from '../../support/a-payment.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';
import { storesContract } from './stores-contract.ts';

const msn = '123456';
let testDatabase: TestDatabase;
let stores: Stores;

before(async () => {
  testDatabase = await createTestDatabase();
  await aMerchant(testDatabase.database, msn);
  stores = postgresStores(testDatabase.database);
});
after(() => testDatabase.drop());

storesContract('The stores on PostgreSQL', () => ({ stores, msn }));

const tables = createTables(() => Date.now());
tables.merchants.set(msn, {
  merchant: {
    msn,
    acquirerMerchantId: 'M-1',
    terminalId: 'T-1',
    categoryCode: '5411',
    descriptor: 'A SHOP',
    country: 'NO',
  },
  rules: { creditCardsAllowed: true, paymentLimitMinor: null },
  stepUpAllowed: true,
});
const inMemory = memoryStores(tables, createTurns(tables));

storesContract('The stores in memory', () => ({ stores: inMemory, msn }));
