import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mixedEnvironments, sandboxAccount } from '../../../src/config/mixed-environments.ts';

const issued = {
  VIPPS_CLIENT_ID: 'id',
  VIPPS_CLIENT_SECRET: 'secret',
  VIPPS_SUBSCRIPTION_KEY: 'key',
  VIPPS_PSP_ID: 'psp',
};
const live = 'https://api.vipps.no';
const test = 'https://apitest.vipps.no/';
const production = 'production';

const cases = {
  'R83 production at Vipps, with what Vipps issued, is no mixture': [
    { NODE_ENV: production, VIPPS_API_URL: live, ...issued },
    [],
  ],
  'R83 a rehearsal at Vipps’ test environment is no mixture': [
    { NODE_ENV: production, VIPPS_API_URL: test, ...issued },
    [],
  ],
  'R83 a sandbox with a double of Vipps needs nothing of its own': [
    { VIPPS_API_URL: 'http://127.0.0.1:9080' },
    [],
  ],
  'R83 a sandbox never calls Vipps’ production': [
    { VIPPS_API_URL: live, ...issued },
    ['VIPPS_API_URL'],
  ],
  'R83 the sandbox’s account is of no use at Vipps’ test environment': [
    { VIPPS_API_URL: test, ...issued, VIPPS_PSP_ID: sandboxAccount.VIPPS_PSP_ID },
    ['VIPPS_PSP_ID'],
  ],
  'R83 Vipps’ test environment needs an account': [
    { VIPPS_API_URL: test },
    ['VIPPS_CLIENT_ID', 'VIPPS_CLIENT_SECRET', 'VIPPS_SUBSCRIPTION_KEY', 'VIPPS_PSP_ID'],
  ],
  'R83 the sandbox’s account is refused in production, each part of it by name': [
    { NODE_ENV: production, VIPPS_API_URL: live, ...sandboxAccount },
    ['VIPPS_CLIENT_ID', 'VIPPS_CLIENT_SECRET', 'VIPPS_SUBSCRIPTION_KEY', 'VIPPS_PSP_ID'],
  ],
} as const;

describe('Test and production in one configuration', () => {
  for (const [title, [env, named]] of Object.entries(cases)) {
    it(title, () => {
      const lines = mixedEnvironments(env);

      assert.deepEqual(
        lines.map((line) => line.split(' ')[0]),
        named,
      );
      assert.ok(!lines.some((line) => line.includes('secret')), 'no value is repeated');
    });
  }
});
