import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkDurability } from '../../../src/database/check-durability.ts';
import { connectDatabase } from '../../../src/database/database.ts';
import { silentLog } from '../../../src/shared/log.ts';
import { createTestDatabase } from '../../support/test-database.ts';

describe('the check of a production database', () => {
  it('takes one that keeps what it confirms, and warns that one machine is all there is', async () => {
    const own = await createTestDatabase();
    const warnings: unknown[] = [];
    const log = { ...silentLog, warn: (entry: unknown) => warnings.push(entry) };

    await checkDurability(own.database, log as typeof silentLog);

    assert.match(JSON.stringify(warnings), /no-synchronous-standby/);
    await own.drop();
  });

  it('refuses one that confirms before it has written, and names the setting', async () => {
    const own = await createTestDatabase();
    await own.database.hot.query(
      `do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$`,
    );
    const database = connectDatabase({ url: own.url, log: silentLog });

    await assert.rejects(checkDurability(database, silentLog), /synchronous_commit = off/);

    await database.close();
    await own.drop();
  });
});
