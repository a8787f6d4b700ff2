import { type Env, type VariableName } from './env.ts';

/** Vipps' own hosts (KB, "Servers"). */
const vippsHosts: Readonly<Record<string, 'PRODUCTION' | 'TEST'>> = {
  'api.vipps.no': 'PRODUCTION',
  'apitest.vipps.no': 'TEST',
};

/** Everybody can read them: they open nothing but the simulated Vipps. */
export const sandboxAccount = {
  VIPPS_CLIENT_ID: '5a1e0000-0000-4000-8000-00000000c1d1',
  VIPPS_CLIENT_SECRET: 'c2FuZGJveC1vbmx5LWNsaWVudC1zZWNyZXQ=',
  VIPPS_SUBSCRIPTION_KEY: '51a1a7ed0000000000000000000000c4',
  VIPPS_PSP_ID: '51A1A7ED00000000000000000000B5B1',
} as const satisfies Readonly<Partial<Record<VariableName, string>>>;

const accountVariables = Object.keys(sandboxAccount) as (keyof typeof sandboxAccount)[];

/** Which of Vipps' environments the URL is of; undefined for a simulator or a double. */
export function vippsEnvironmentOf(url: string | undefined): 'PRODUCTION' | 'TEST' | undefined {
  return url === undefined ? undefined : vippsHosts[new URL(url).hostname];
}

/**
 * What of a sandbox, of Vipps' test environment and of its production stands side by side, as far as
 * the variables show it; a line for each.
 */
export function mixedEnvironments(env: Env): readonly string[] {
  const vipps = vippsEnvironmentOf(env.VIPPS_API_URL);
  if (env.NODE_ENV !== 'production') {
    if (vipps === 'PRODUCTION') {
      return ["VIPPS_API_URL is Vipps' production: that needs NODE_ENV=production"];
    }
    return vipps === undefined ? [] : missingAccount(env);
  }
  return accountVariables
    .filter((name) => env[name] === sandboxAccount[name])
    .map(
      (name) => `${name} is the sandbox's, which everybody knows; set the one that Vipps issued`,
    );
}

/** Vipps' test environment knows no sandbox. */
function missingAccount(env: Env): readonly string[] {
  return accountVariables
    .filter((name) => env[name] === undefined || env[name] === sandboxAccount[name])
    .map((name) => `${name} must be the one that Vipps issued: VIPPS_API_URL is Vipps' own`);
}
