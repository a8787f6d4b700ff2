import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { claimEnvironment, EnvironmentsMixed } from '../../../src/database/claim-environment.ts';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts';

describe('A database', () => {
  let own: TestDatabase;
  before(async () => {
    own = await createTestDatabase();
  });
  beforeEach(() => own.database.hot.query('delete from environment'));
  after(() => own.drop());

  const production = { kind: 'PRODUCTION', vipps: 'PRODUCTION' } as const;
  const rehearsal = { kind: 'PRODUCTION', vipps: 'TEST' } as const;
  const sandbox = { kind: 'SANDBOX', vipps: undefined } as const;
  const claim = (environment: Parameters<typeof claimEnvironment>[1]) =>
    claimEnvironment(own.database, environment);

  it('R83 is production’s or a sandbox’s, whichever came first', async () => {
    await claim(sandbox);
    await claim(sandbox);
    await assert.rejects(claim(production), EnvironmentsMixed);

    await own.database.hot.query('delete from environment');
    await claim(production);
    await assert.rejects(claim(sandbox), /DATABASE_URL: the database belongs to production/);
  });

  it('R83 holds payments of one environment of Vipps', async () => {
    await claim({ kind: 'PRODUCTION', vipps: undefined });
    await claim(rehearsal);
    await claim({ kind: 'PRODUCTION', vipps: undefined });

    await assert.rejects(claim(production), /VIPPS_API_URL .* DATABASE_URL/);
    await claim(rehearsal);
  });

  it('is claimed once by copies that start at the same time', async () => {
    const claims = await Promise.allSettled([
      claim(production),
      claim(sandbox),
      claim(production),
      claim(sandbox),
    ]);

    assert.equal(claims.filter(({ status }) => status === 'rejected').length, 2);
  });
});
