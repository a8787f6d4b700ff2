import { z } from 'zod';
import { AdapterError } from '../shared/errors.ts';
import { parseSchedule } from '../status-updates/schedule.ts';

/** One or more variables are missing or malformed. The message has a line for each, and starts no service. */
export class ConfigurationInvalid extends AdapterError {
  override readonly name = 'ConfigurationInvalid';
  readonly code = 'CONFIGURATION_INVALID';

  constructor(problems: readonly string[]) {
    super(['The configuration cannot be used:', ...problems.map((line) => `  ${line}`)].join('\n'));
  }
}

/** An empty variable means an absent one: that is what `NAME=` in a file of variables is meant to say. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((number) => number <= 65_535);
const count = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number);
const days = count.refine((number) => number >= 1 && number <= 36_500);
const httpUrl = z
  .url({ protocol: /^https?$/ })
  .refine((url) => !url.includes('?') && !url.includes('#'));
const text = z.string().min(1);
const daysByScheme = z
  .string()
  .regex(/^[A-Z]+=[1-9]\d{0,2}(,[A-Z]+=[1-9]\d{0,2})*$/)
  .transform((list) =>
    Object.fromEntries(
      list.split(',').map((pair): [string, number] => {
        const [scheme = '', days] = pair.split('=');
        return [scheme, Number(days)];
      }),
    ),
  );
const longSecret = z.string().min(32);

/** Every variable, what it must look like, and how an error puts that into words. */
const variables = {
  NODE_ENV: [text, 'a name such as production'],
  PUBLIC_HOST: [text, 'an address to listen on, such as 0.0.0.0'],
  PUBLIC_PORT: [port, 'a port number from 0 to 65535'],
  PUBLIC_URL: [httpUrl, 'an http(s) URL without query, such as https://psp.example.com'],
  INTERNAL_HOST: [text, 'an address to listen on, such as 127.0.0.1'],
  INTERNAL_PORT: [port, 'a port number from 0 to 65535'],
  DATABASE_URL: [
    z.url({ protocol: /^postgres(ql)?$/ }),
    'a URL such as postgres://user:password@host:5432/name',
  ],
  DATABASE_CONNECTIONS: [count, 'a whole number of connections'],
  DATA_DIR: [text, 'a directory'],
  VIPPS_API_URL: [httpUrl, 'an http(s) URL without query, such as https://api.vipps.no'],
  VIPPS_CLIENT_ID: [text, 'the client id that Vipps issued'],
  VIPPS_CLIENT_SECRET: [text, 'the client secret that Vipps issued'],
  VIPPS_SUBSCRIPTION_KEY: [text, 'the subscription key that Vipps issued'],
  VIPPS_PSP_ID: [text, 'the PSP id that Vipps issued'],
  ACQUIRER_URL: [httpUrl, 'an http(s) URL without query'],
  ACQUIRER_PROCESSING_MAX_MS: [count, 'a whole number of milliseconds'],
  THREE_DS_URL: [httpUrl, 'an http(s) URL without query'],
  STEP_UP_SECONDS: [count, 'a whole number of seconds'],
  KEYS_DIR: [text, 'the directory of the private keys'],
  KEYS_PASSPHRASE: [text, 'the passphrase of the private keys'],
  CARD_DATA_OAEP_HASH: [z.enum(['sha256', 'sha1']), 'sha256 or sha1'],
  CARD_FUNDING_FILE: [text, 'a file that tells credit cards from debit cards'],
  VIPPS_SIMULATOR_PORT: [port, 'a port number from 0 to 65535'],
  ACQUIRER_SIMULATOR_PORT: [port, 'a port number from 0 to 65535'],
  THREE_DS_SIMULATOR_PORT: [port, 'a port number from 0 to 65535'],
  BACK_OFFICE_TOKEN: [longSecret, 'a secret of at least 32 characters'],
  ACCESS_TOKEN_KEY: [longSecret, 'a secret of at least 32 characters, the same on every copy'],
  ERROR_ID_FORMAT: [z.enum(['number', 'string']), 'number or string'],
  AMOUNT_MINIMUM: [count, 'a whole number of øre'],
  PAYMENT_EXPIRY_SECONDS: [count, 'a whole number of seconds'],
  RETENTION_DAYS: [days, 'a whole number of days, at least 1'],
  STATUS_UPDATE_SCHEDULE: [
    text.transform(parseSchedule).refine((schedule) => schedule !== undefined),
    'continuous, or a time of day such as 22:30 (UTC) or 22:30 Europe/Oslo',
  ],
  AUTHORISATION_DAYS: [daysByScheme, 'days by card scheme, such as VISA=7,MASTERCARD=30,OTHER=7'],
  RECONCILIATION_EVERY_SECONDS: [count, 'a whole number of seconds'],
  RECONCILIATION_QUIET_SECONDS: [count, 'a whole number of seconds'],
  RATE_LIMIT_WRITES: [count, 'a whole number of calls a minute, 0 for no limit'],
  RATE_LIMIT_READS: [count, 'a whole number of calls a minute, 0 for no limit'],
  CRASH_AT: [text, 'a crash point, such as kill:acquirer.authorise:after#1'],
  DEADLINE_SCALE: [
    z
      .string()
      .regex(/^(1|0?\.\d{1,3})$/)
      .transform(Number),
    'a fraction from 0.001 to 1',
  ],
  LOG_LEVEL: [
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    'one of trace, debug, info, warn, error, fatal, silent',
  ],
} as const satisfies Record<string, readonly [z.ZodType, string]>;

export type VariableName = keyof typeof variables;

export type Env = {
  readonly [Name in VariableName]?: z.output<(typeof variables)[Name][0]>;
};

/**
 * Reads the variables that the adapter knows; others are none of its business. This file alone
 * touches the process's environment.
 *
 * @throws {ConfigurationInvalid} naming every variable that is malformed and what is expected.
 */
export function readEnv(environment: NodeJS.ProcessEnv = process.env): Env {
  const problems: string[] = [];
  const env: Record<string, unknown> = {};
  for (const [name, [schema, expected]] of Object.entries(variables)) {
    const parsed = optional(schema).safeParse(environment[name]);
    if (!parsed.success) problems.push(`${name} must be ${expected}`);
    else if (parsed.data !== undefined) env[name] = parsed.data;
  }
  if (problems.length > 0) throw new ConfigurationInvalid(problems);
  return env;
}
