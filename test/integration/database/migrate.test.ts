import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { migrate } from '../../../src/database/migrate.ts';
import { createEmptyTestDatabase, type TestDatabase } from '../../support/test-database.ts';

const first = 'create table thing (id int primary key); insert into thing values (1);';
const second = 'alter table thing add column name text;';

describe('migrate', () => {
  let test: TestDatabase;
  let directory: string;

  beforeEach(async () => {
    test = await createEmptyTestDatabase();
    directory = await mkdtemp(path.join(tmpdir(), 'migrations-'));
  });
  afterEach(async () => {
    await test.drop();
    await rm(directory, { recursive: true });
  });

  const write = (name: string, sql: string) => writeFile(path.join(directory, name), sql);
  const rowsOf = async (sql: string) => (await test.database.hot.query(sql)).rows as unknown[];

  it('applies what is new, in order, and then nothing', async () => {
    await write('0001_first.sql', first);
    assert.deepEqual(await migrate(test.url, directory), ['0001_first']);

    await write('0002_second.sql', second);
    assert.deepEqual(await migrate(test.database.hot, directory), ['0002_second']);
    assert.deepEqual(await migrate(test.url, directory), []);
    assert.deepEqual(await rowsOf('select * from thing'), [{ id: 1, name: null }]);
  });

  it('writes number, name, hash and time into a ledger', async () => {
    await write('0001_first.sql', first);
    await migrate(test.url, directory);

    const rows = await rowsOf(
      `select number, name, sha256, applied_at > now() - interval '1 minute' as recent from schema_migration`,
    );
    const sha256 = createHash('sha256').update(first).digest('hex');
    assert.deepEqual(rows, [{ number: 1, name: 'first', sha256, recent: true }]);
  });

  it('leaves twenty migrators at once with one of each', async () => {
    await write('0001_first.sql', first);
    await write('0002_second.sql', second);

    const applied = await Promise.all(
      Array.from({ length: 20 }, () => migrate(test.url, directory)),
    );

    assert.deepEqual(applied.flat().sort(), ['0001_first', '0002_second']);
    assert.deepEqual(await rowsOf('select * from thing'), [{ id: 1, name: null }]);
  });

  it('refuses a migration that was edited after it was applied', async () => {
    await write('0001_first.sql', first);
    await migrate(test.url, directory);
    await write('0001_first.sql', `${first} -- harmless`);

    await assert.rejects(migrate(test.url, directory), {
      code: 'MIGRATION_REFUSED',
      message: /0001_first was edited/,
    });
  });

  it('does not take other line ends for an edit', async () => {
    await write('0001_first.sql', 'create table thing (\n  id int);\n');
    await migrate(test.url, directory);
    await write('0001_first.sql', 'create table thing (\r\n  id int);\r\n');

    assert.deepEqual(await migrate(test.url, directory), []);
  });

  it('refuses a database that is newer than the program', async () => {
    await write('0001_first.sql', first);
    await write('0002_second.sql', second);
    await migrate(test.url, directory);
    await rm(path.join(directory, '0002_second.sql'));

    await assert.rejects(migrate(test.url, directory), {
      code: 'MIGRATION_REFUSED',
      message: /0002_second.* newer/,
    });
  });

  it('keeps nothing of a migration that fails, and what came before it', async () => {
    await write('0001_first.sql', first);
    await write('0002_broken.sql', 'create table other (id int); select 1 / 0;');

    await assert.rejects(migrate(test.url, directory), /0002_broken failed/);

    assert.deepEqual(await rowsOf('select number from schema_migration'), [{ number: 1 }]);
    assert.deepEqual(await rowsOf(`select to_regclass('other') as other`), [{ other: null }]);
  });

  it('refuses a migration that ends its own transaction', async () => {
    await write('0001_first.sql', 'create table thing (id int); commit; create table b (id int);');

    await assert.rejects(migrate(test.url, directory), { code: 'MIGRATION_REFUSED' });
  });

  for (const [what, files] of [
    ['a gap', ['0001_first.sql', '0003_third.sql']],
    ['a number twice', ['0001_first.sql', '0001_other.sql']],
    ['another form of name', ['1_first.sql']],
  ] as const) {
    it(`refuses ${what} in the numbering before touching anything`, async () => {
      for (const file of files) await write(file, first);

      await assert.rejects(migrate(test.url, directory), { code: 'MIGRATION_REFUSED' });
      assert.deepEqual(await rowsOf(`select to_regclass('thing') as thing`), [{ thing: null }]);
    });
  }
});
