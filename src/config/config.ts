import { type OaepHash } from '../card-data/decryption-key.ts';
import { type ErrorIdFormat } from '../make-payment/reply.ts';
import { type AuthorisationDays } from '../modifications/lapse-authorisations.ts';
import { Secret } from '../shared/secret.ts';
import { type StatusUpdateSchedule } from '../status-updates/schedule.ts';
import { ConfigurationInvalid, type Env, type VariableName } from './env.ts';
import { mixedEnvironments } from './mixed-environments.ts';

/** Where and how one listener listens. */
export interface ListenerConfig {
  readonly host: string;
  readonly port: number;
  /** The variable that an error about the port names. */
  readonly portVariable: VariableName;
}

/** Everything that can be settled before anything has started. Secrets are `Secret`s: it may be logged. */
export interface Config {
  readonly production: boolean;
  readonly publicListener: ListenerConfig;
  readonly internalListener: ListenerConfig;
  /** Absent outside production until the port is known. */
  readonly publicUrl: string | undefined;
  readonly databaseUrl: Secret<string> | undefined;
  readonly databaseConnectionsMax: number;
  readonly dataDirectory: string;
  readonly vippsUrl: string | undefined;
  readonly vippsClientId: string | undefined;
  readonly vippsClientSecret: Secret<string> | undefined;
  readonly vippsSubscriptionKey: Secret<string> | undefined;
  readonly vippsPspId: string | undefined;
  readonly acquirerUrl: string | undefined;
  readonly acquirerProcessingMsMax: number;
  /** Without one a soft decline cannot be stepped up. */
  readonly threeDsUrl: string | undefined;
  /** How long a customer has for the challenge of a soft decline. */
  readonly stepUpSeconds: number;
  readonly keysDirectory: string;
  readonly keysPassphrase: Secret<string> | undefined;
  readonly cardDataOaepHash: OaepHash;
  /** Tells credit cards from debit cards; without it none is known to be either. */
  readonly cardFundingFile: string | undefined;
  readonly vippsSimulatorPort: number;
  readonly acquirerSimulatorPort: number;
  /** Undefined for the usual one, or a free one where that is taken: further copies have one of their own. */
  readonly threeDsSimulatorPort: number | undefined;
  readonly backOfficeToken: Secret<string> | undefined;
  readonly accessTokenKey: Secret<string> | undefined;
  readonly errorIdFormat: ErrorIdFormat;
  /** Minor units. */
  readonly amountMinimum: bigint;
  readonly paymentExpirySeconds: number;
  /** For how long what is kept of customers' phone numbers is kept. */
  readonly retentionDays: number;
  /** For how many days an issuer holds an authorisation, by scheme; OTHER for the rest. */
  readonly authorisationDays: AuthorisationDays;
  readonly statusUpdateSchedule: StatusUpdateSchedule;
  readonly reconciliationEverySeconds: number;
  /** What was touched since is left alone. */
  readonly reconciliationQuietSeconds: number;
  /** Calls a minute and reference; undefined for no limit. */
  readonly rateLimitWrites: number | undefined;
  readonly rateLimitReads: number | undefined;
  /** 1 in production; tests run at a tenth. */
  readonly deadlineScale: number;
  /** Ends the process at a named point; for tests of crashes. */
  readonly crashAt: string | undefined;
  readonly logLevel: string;
}

/** In production nothing has a default that another party must have agreed to. */
const requiredInProduction = [
  'PUBLIC_URL',
  'DATABASE_URL',
  'VIPPS_API_URL',
  'VIPPS_CLIENT_ID',
  'VIPPS_CLIENT_SECRET',
  'VIPPS_SUBSCRIPTION_KEY',
  'VIPPS_PSP_ID',
  'ACQUIRER_URL',
  'BACK_OFFICE_TOKEN',
  'ACCESS_TOKEN_KEY',
] as const satisfies readonly VariableName[];

const quietSecondsMin = 300;

const leastInProduction = [
  ['PAYMENT_EXPIRY_SECONDS', 600, 'Vipps lets the customer act for so long'],
  ['RECONCILIATION_QUIET_SECONDS', quietSecondsMin, 'what is younger may be under way'],
] as const satisfies readonly (readonly [VariableName, number, string])[];

/** What the schemes promise at the least; agreements with an acquirer may say more. */
const defaultAuthorisationDays: AuthorisationDays = { VISA: 7, MASTERCARD: 30, OTHER: 7 };

const defaultRateLimits = { writes: 5, reads: 120 } as const;

/**
 * Fills in the defaults and checks what one variable alone cannot tell.
 *
 * @throws {ConfigurationInvalid} naming the variables and what is expected of them.
 */
export function configFrom(env: Env): Config {
  const production = env.NODE_ENV === 'production';
  const problems = [...(production ? productionProblems(env) : []), ...mixedEnvironments(env)];
  if (problems.length > 0) throw new ConfigurationInvalid(problems);
  return {
    production,
    ...listenersFrom(env, production),
    ...counterpartiesFrom(env),
    ...keysFrom(env),
    ...limitsFrom(env, production),
    ...retentionFrom(env),
    reconciliationEverySeconds: env.RECONCILIATION_EVERY_SECONDS ?? 21_600,
    reconciliationQuietSeconds: env.RECONCILIATION_QUIET_SECONDS ?? quietSecondsMin,
    databaseUrl: secret(env.DATABASE_URL),
    databaseConnectionsMax: env.DATABASE_CONNECTIONS ?? 20,
    dataDirectory: env.DATA_DIR ?? '.data',
    backOfficeToken: secret(env.BACK_OFFICE_TOKEN),
    accessTokenKey: secret(env.ACCESS_TOKEN_KEY),
    errorIdFormat: env.ERROR_ID_FORMAT ?? 'number',
    deadlineScale: env.DEADLINE_SCALE ?? 1,
    crashAt: env.CRASH_AT,
    logLevel: env.LOG_LEVEL ?? 'info',
  };
}

function productionProblems(env: Env): string[] {
  const problems: string[] = requiredInProduction
    .filter((name) => env[name] === undefined)
    .map((name) => `${name} is missing; in production it has no default`);
  for (const name of ['PUBLIC_URL', 'VIPPS_API_URL'] as const) {
    if (env[name]?.startsWith('http:')) problems.push(`${name} must be an https URL in production`);
  }
  for (const [name, least, why] of leastInProduction) {
    if ((env[name] ?? least) < least) problems.push(`${name} must be at least ${least}: ${why}`);
  }
  if ((env.DEADLINE_SCALE ?? 1) !== 1)
    problems.push('DEADLINE_SCALE is for tests: production has it at 1');
  if (env.CRASH_AT !== undefined) problems.push('CRASH_AT is for tests: production has none');
  return problems;
}

function listenersFrom(env: Env, production: boolean) {
  const loopback = '127.0.0.1';
  return {
    publicListener: {
      host: env.PUBLIC_HOST ?? (production ? '0.0.0.0' : loopback),
      port: env.PUBLIC_PORT ?? 8080,
      portVariable: 'PUBLIC_PORT',
    },
    internalListener: {
      host: env.INTERNAL_HOST ?? (production ? '0.0.0.0' : loopback),
      port: env.INTERNAL_PORT ?? 8081,
      portVariable: 'INTERNAL_PORT',
    },
    publicUrl: env.PUBLIC_URL?.replace(/\/+$/, ''),
  } as const;
}

function counterpartiesFrom(env: Env) {
  return {
    vippsUrl: env.VIPPS_API_URL?.replace(/\/+$/, ''),
    vippsClientId: env.VIPPS_CLIENT_ID,
    vippsClientSecret: secret(env.VIPPS_CLIENT_SECRET),
    vippsSubscriptionKey: secret(env.VIPPS_SUBSCRIPTION_KEY),
    vippsPspId: env.VIPPS_PSP_ID,
    acquirerUrl: env.ACQUIRER_URL?.replace(/\/+$/, ''),
    acquirerProcessingMsMax: env.ACQUIRER_PROCESSING_MAX_MS ?? 60_000,
    vippsSimulatorPort: env.VIPPS_SIMULATOR_PORT ?? 9080,
    acquirerSimulatorPort: env.ACQUIRER_SIMULATOR_PORT ?? 9081,
    threeDsUrl: env.THREE_DS_URL?.replace(/\/+$/, ''),
    stepUpSeconds: env.STEP_UP_SECONDS ?? 300,
    threeDsSimulatorPort: env.THREE_DS_SIMULATOR_PORT,
  } as const;
}

function keysFrom(env: Env) {
  return {
    keysDirectory: env.KEYS_DIR ?? 'keys',
    keysPassphrase: secret(env.KEYS_PASSPHRASE),
    cardFundingFile: env.CARD_FUNDING_FILE,
    cardDataOaepHash: env.CARD_DATA_OAEP_HASH ?? 'sha256',
  } as const;
}

function limitsFrom(env: Env, production: boolean) {
  const writes = env.RATE_LIMIT_WRITES ?? (production ? defaultRateLimits.writes : 0);
  const reads = env.RATE_LIMIT_READS ?? (production ? defaultRateLimits.reads : 0);
  return {
    amountMinimum: BigInt(env.AMOUNT_MINIMUM ?? 100),
    paymentExpirySeconds: env.PAYMENT_EXPIRY_SECONDS ?? 660,
    authorisationDays: { ...defaultAuthorisationDays, ...env.AUTHORISATION_DAYS },
    statusUpdateSchedule: env.STATUS_UPDATE_SCHEDULE ?? { kind: 'CONTINUOUS' },
    rateLimitWrites: writes === 0 ? undefined : writes,
    rateLimitReads: reads === 0 ? undefined : reads,
  } as const;
}

function retentionFrom(env: Env) {
  return { retentionDays: env.RETENTION_DAYS ?? 365 } as const;
}

function secret(value: string | undefined): Secret<string> | undefined {
  return value === undefined ? undefined : new Secret(value);
}
