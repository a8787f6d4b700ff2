import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createMerchantRegister } from '../../../src/merchants/merchant-register-repository.ts';
import { createMerchantRepository } from '../../../src/merchants/merchant-repository.ts';
import { runMerchantsCommand } from '../../../src/merchants/run-merchants-command.ts';
import { sha256 } from '../../../src/shared/secret.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';

describe('npm run merchants', () => {
  let testDatabase: TestDatabase;
  before(async () => {
    testDatabase = await createTestDatabase();
  });
  after(() => testDatabase.drop());

  const run = (...commandLine: string[]) =>
    runMerchantsCommand({ commandLine, env: { DATABASE_URL: testDatabase.url } });

  it('create prints credentials once, and keeps their hashes', async () => {
    const { exitCode, stdout } = await run('create', '--msn', '123456', '--name', 'Sokkebutikken');

    assert.equal(exitCode, 0);
    const secret = /client_secret +(\S+)/.exec(stdout)?.[1] ?? '';
    const key = /Subscription-Key +(\S+)/.exec(stdout)?.[1] ?? '';
    assert.match(secret, /^[A-Za-z0-9+/]{43}=$/);
    assert.match(key, /^[0-9a-f]{32}$/);
    const merchants = createMerchantRepository(testDatabase.database.hot);
    const merchant = await merchants.findByMsn('123456');
    assert.deepEqual(merchant?.clientSecretHash, sha256(secret));
    assert.deepEqual(merchant.subscriptionKeyHash, sha256(key));
    assert.equal(stdout.includes(merchant.clientId), true);
  });

  it('create refuses a serial number that is taken, and leaves the merchant alone', async () => {
    await run('create', '--msn', '7654321', '--name', 'First');

    const { exitCode, stderr } = await run('create', '--msn', '7654321', '--name', 'Second');

    assert.equal(exitCode, 1);
    assert.match(stderr, /7654321 already/);
    assert.match((await run('list')).stdout, /First/);
  });

  it('change moves a merchant to another rail, and leaves what is not given', async () => {
    await run('create', '--msn', '222222', '--name', 'Shop', '--descriptor', 'SOKKER');
    const register = createMerchantRegister(testDatabase.database.hot);
    const before = await register.find('222222');

    const changed = await run('change', '--msn', '222222', '--rail', 'psp-v3', '--no-step-up');

    assert.equal(changed.exitCode, 0, changed.stderr);
    assert.match(changed.stdout, /^222222 .* psp-v3 /);
    const after = await register.find('222222');
    assert.deepEqual(after, {
      ...before,
      rail: 'psp-v3',
      stepUpAllowed: false,
      changedAt: after?.changedAt,
    });
    await run('change', '--msn', '222222', '--step-up', '--return-page');
    const again = await register.find('222222');
    assert.deepEqual([again?.stepUpAllowed, again?.useReturnPage], [true, true]);
  });

  it('create makes a merchant on the rail that is named', async () => {
    await run('create', '--msn', '333333', '--name', 'Shop', '--rail', 'psp-v3');

    assert.match((await run('list')).stdout, /^333333 .* psp-v3 /m);
  });

  const mistakes: readonly (readonly [readonly string[], 1 | 2, RegExp])[] = [
    [['create', '--msn', '12', '--name', 'A'], 1, /4 to 10 digits/],
    [['create', '--msn', '1234567', '--name', 'A', '--category-code', '1'], 1, /4 digits/],
    [['create', '--msn', '1234567', '--name', 'A', '--country', 'Norway'], 1, /two capital/],
    [['create', '--msn', '1234567'], 2, /--name/],
    [['create', '--colour', 'red'], 2, /--colour/],
    [['change', '--msn', '999999', '--rail', 'psp-v3'], 1, /no merchant .* 999999/],
    [['change', '--msn', '123456'], 2, /something to change/],
    [['change', '--msn', '123456', '--rail', 'pigeon'], 2, /psp-v2, psp-v3/],
    [['change', '--msn', '123456', '--country', 'Norway'], 1, /two capital/],
    [['change', '--msn', '123456', '--name', ''], 1, /1 to 200/],
    [['destroy'], 2, /Usage/],
    [[], 2, /Usage/],
  ];
  for (const [commandLine, exitCode, message] of mistakes) {
    it(`says what is wrong with "${commandLine.join(' ')}"`, async () => {
      const result = await run(...commandLine);

      assert.equal(result.exitCode, exitCode);
      assert.match(result.stderr, message);
    });
  }

  it('finds the database of the running sandbox, and says so where there is none', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'merchants-command-'));
    try {
      const none = await runMerchantsCommand({
        commandLine: ['list'],
        env: { DATA_DIR: directory },
      });
      await writeFile(
        path.join(directory, 'sandbox.json'),
        JSON.stringify({ databaseUrl: testDatabase.url }),
      );
      const found = await runMerchantsCommand({
        commandLine: ['list'],
        env: { DATA_DIR: directory },
      });

      assert.equal(none.exitCode, 1);
      assert.match(none.stderr, /DATABASE_URL/);
      assert.equal(found.exitCode, 0);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
