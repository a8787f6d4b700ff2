import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  connectDatabase,
  inTransaction,
  type Transaction,
} from '../../../src/database/database.ts';
import { silentLog } from '../../../src/shared/log.ts';
import { createEmptyTestDatabase, type TestDatabase } from '../../support/test-database.ts';

describe('a database connection', () => {
  let test: TestDatabase;

  before(async () => {
    test = await createEmptyTestDatabase();
    await test.database.knex.raw('create table thing (id int primary key, amount bigint)');
  });
  after(() => test.drop());

  for (const pool of ['knex', 'hot'] as const) {
    const firstRow = async (sql: string): Promise<Record<string, unknown>> => {
      const result: unknown = await (pool === 'knex'
        ? test.database.knex.raw(sql)
        : test.database.hot.query(sql));
      const { rows } = result as { rows: Record<string, unknown>[] };
      assert.ok(rows[0]);
      return rows[0];
    };

    it(`gives int8 as bigint, exactly, through ${pool}`, async () => {
      const row = await firstRow(
        `select 9007199254740993::int8 as one, array[1, 9007199254740993]::int8[] as many, count(*) from thing`,
      );
      assert.deepEqual(row, { one: 9007199254740993n, many: [1n, 9007199254740993n], count: 0n });
    });

    it(`leaves numeric and date as text and timestamps as Date through ${pool}`, async () => {
      const row = await firstRow(
        `select 0.1::numeric as numeric, '2026-11-01'::date as date, '2026-11-01T10:00:00Z'::timestamptz as at, 7::int4 as int`,
      );
      assert.deepEqual(row, {
        numeric: '0.1',
        date: '2026-11-01',
        at: new Date('2026-11-01T10:00:00Z'),
        int: 7,
      });
    });

    it(`speaks UTC, says who it is and bounds its statements through ${pool}`, async () => {
      const row = await firstRow(
        `select current_setting('timezone') as zone, current_setting('application_name') as name, current_setting('statement_timeout') as bound`,
      );
      assert.deepEqual(row, { zone: 'UTC', name: 'test', bound: '30s' });
    });
  }

  it('does not change what other users of the driver get', async () => {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: test.url });
    await client.connect();
    const { rows } = await client.query('select 1::int8 as one');
    await client.end();
    assert.deepEqual(rows, [{ one: '1' }]);
  });

  it('commits a transaction that resolves and rolls back one that throws', async () => {
    await inTransaction(test.database, 'test', (trx) => trx('thing').insert({ id: 1, amount: 5n }));
    await assert.rejects(
      inTransaction(test.database, 'test', async (trx) => {
        await trx('thing').insert({ id: 2, amount: 5n });
        throw new Error('no');
      }),
      /no/,
    );
    assert.deepEqual(await test.database.knex('thing').select('id', 'amount'), [
      { id: 1, amount: 5n },
    ]);
  });

  it('refuses a query on a transaction that has ended', async () => {
    let leaked: Transaction | undefined;
    await inTransaction(test.database, 'test', (trx) => {
      leaked = trx;
      return Promise.resolve();
    });
    await assert.rejects(async () => leaked?.('thing').select(), /already complete/);
  });

  it('ends a statement that takes too long', async () => {
    const impatient = connectDatabase({ url: test.url, log: silentLog, statementMsMax: 250 });
    try {
      await assert.rejects(impatient.hot.query('select pg_sleep(10)'), { code: '57014' });
      await assert.rejects(impatient.knex.raw('select pg_sleep(10)'), { code: '57014' });
    } finally {
      await impatient.close();
    }
  });

  it('does not wait for a connection longer than it is told', async () => {
    const narrow = connectDatabase({
      url: test.url,
      log: silentLog,
      poolMax: 1,
      hotPoolMax: 1,
      connectMsMax: 1_000,
    });
    const held = await narrow.hot.connect();
    try {
      await assert.rejects(narrow.hot.query('select 1'), /timeout/);
      await inTransaction(narrow, 'test', async (trx) => {
        await trx.raw('select 1');
        await assert.rejects(narrow.knex.raw('select 1'), /Timeout acquiring a connection/);
      });
    } finally {
      held.release();
      await narrow.close();
    }
  });

  it('goes on with its prepared statements when a migration changes what they return', async () => {
    const old = connectDatabase({ url: test.url, log: silentLog, hotPoolMax: 2 });
    const { knex } = test.database;
    const statement = { name: 'outlived', text: 'select size from outlived where id = any($1)' };
    const sizes = () => old.hot.query<{ size: bigint }>({ ...statement, values: [[1]] });
    try {
      await knex.raw('create table outlived (id int, size bigint)');
      await knex.raw('insert into outlived values (1, 7)');
      await Promise.all([sizes(), sizes()]);
      await knex.raw('create domain positive as bigint check (value > 0)');
      await knex.raw('alter table outlived alter column size type positive');

      for (const { rows } of await Promise.all([sizes(), sizes(), sizes()])) {
        assert.deepEqual(rows, [{ size: 7n }]);
      }
    } finally {
      await old.close();
    }
  });

  it('tells of a prepared statement that the database does not know how to run', async () => {
    const statement = { name: 'unheard-of', text: 'select count(*) from thing for update' };
    await assert.rejects(test.database.hot.query(statement), { code: '0A000' });
  });

  it('outlives connections that the server ends', async () => {
    const database = connectDatabase({ url: test.url, log: silentLog, applicationName: 'victim' });
    try {
      await database.hot.query('select 1');
      await database.knex.raw('select 1');
      await test.database.hot.query(
        `select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'victim'`,
      );
      // The two sockets hear of it in their own time; the pools must replace, not give up.
      await eventually(() => database.hot.query('select 1'));
      await eventually(() => database.knex.raw('select 1'));
    } finally {
      await database.close();
    }
  });
});

async function eventually(work: () => PromiseLike<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work();
      return;
    } catch (error) {
      if (attempt === 20) throw error;
    }
  }
}
