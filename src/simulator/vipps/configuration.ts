import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { messageOf } from '../../shared/errors.ts';
import { readPublicKey, type VippsSimulatorOptions } from './settings.ts';
import { definedOnly, type ListenOptions } from './start-vipps-simulator.ts';

/** Something in the flags or in the configuration file is not right; the sentence names it. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

export type Configuration = VippsSimulatorOptions &
  ListenOptions & {
    readonly logLevel: string;
    /** Whether the credentials of the README are in use, and may be printed. */
    readonly usesDefaultCredentials: boolean;
  };

const flags = {
  port: { type: 'string' },
  host: { type: 'string' },
  config: { type: 'string' },
  'public-url': { type: 'string' },
  'data-file': { type: 'string' },
  'psp-public-key': { type: 'string' },
  'oaep-hash': { type: 'string' },
  'allow-loopback-callbacks': { type: 'boolean' },
  'log-level': { type: 'string' },
} as const;

const portMax = 65_535;
const defaultPort = 9_080;

const text = z.string().min(1);
const port = z.coerce.number().int().min(0).max(portMax);
const oaepHash = z.enum(['sha256', 'sha1']);
const msn = z.string().regex(/^\d{4,10}$/, 'an MSN is 4 to 10 digits');

const fileSchema = z.strictObject({
  port: port.optional(),
  host: text.optional(),
  publicUrl: z.url().optional(),
  clientId: text.optional(),
  clientSecret: text.optional(),
  subscriptionKey: text.optional(),
  pspId: text.optional(),
  merchants: z
    .array(
      z.strictObject({
        msn,
        name: text.optional(),
        active: z.boolean().optional(),
        blocked: z.boolean().optional(),
        wrongPaymentModel: z.boolean().optional(),
        skipLandingPage: z.boolean().optional(),
      }),
    )
    .optional(),
  pspPublicKeyFile: text.optional(),
  pspPublicKeyPem: text.optional(),
  oaepHash: oaepHash.optional(),
  cards: z
    .array(
      z.strictObject({
        id: text,
        label: text,
        pan: z.string().regex(/^\d+$/),
        expiry: z.string().regex(/^\d{4}$/),
      }),
    )
    .min(1)
    .optional(),
  tokenLifetimeSeconds: z.int().min(1).optional(),
  callbackPatienceMs: z.int().min(1).optional(),
  landingPageValidSeconds: z.int().min(1).optional(),
  userTimeoutSeconds: z.int().min(1).optional(),
  timeoutWithoutActivation: z.boolean().optional(),
  allowLoopbackCallbacks: z.boolean().optional(),
  operationsOnV2: z.boolean().optional(),
  duplicateTransactionCode: z.enum(['44', '99']).optional(),
  dataFile: text.optional(),
});

const flagSchema = z.object({
  port: port.optional(),
  host: text.optional(),
  config: text.optional(),
  'public-url': z.url().optional(),
  'data-file': text.optional(),
  'psp-public-key': text.optional(),
  'oaep-hash': oaepHash.optional(),
  'allow-loopback-callbacks': z.boolean().optional(),
  'log-level': z.enum(['debug', 'info', 'warn', 'error', 'silent']).optional(),
});

/** Flags win over the file. File names in the file are relative to it. */
export function configurationFrom(args: readonly string[]): Configuration {
  const given = checked(flagSchema, flagValues(args), 'flag');
  const file = given.config === undefined ? {} : readFile(given.config);
  const { pspPublicKeyFile, ...fromFile } = file;
  const keyFile = given['psp-public-key'] ?? pspPublicKeyFile;
  return {
    port: defaultPort,
    host: '127.0.0.1',
    ...fromFile,
    ...definedOnly({
      port: given.port,
      host: given.host,
      publicUrl: given['public-url'],
      dataFile: given['data-file'],
      oaepHash: given['oaep-hash'],
      allowLoopbackCallbacks: given['allow-loopback-callbacks'],
      pspPublicKeyPem: keyFile === undefined ? undefined : readKeyFile(keyFile),
    }),
    logLevel: given['log-level'] ?? 'info',
    usesDefaultCredentials: file.clientSecret === undefined && file.subscriptionKey === undefined,
  };
}

function flagValues(args: readonly string[]): unknown {
  try {
    return parseArgs({ args: [...args], options: flags }).values;
  } catch (thrown) {
    throw new ConfigurationError(messageOf(thrown));
  }
}

function readFile(name: string): z.infer<typeof fileSchema> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(name, 'utf8'));
  } catch (thrown) {
    throw new ConfigurationError(`--config ${name}: ${messageOf(thrown)}`);
  }
  const file = checked(fileSchema, value, name);
  const beside = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : resolve(dirname(name), path);
  return {
    ...file,
    pspPublicKeyFile: beside(file.pspPublicKeyFile),
    dataFile: beside(file.dataFile),
  };
}

function readKeyFile(name: string): string {
  try {
    const pem = readFileSync(name, 'utf8');
    readPublicKey(pem);
    return pem;
  } catch (thrown) {
    throw new ConfigurationError(`the PSP's public key ${name}: ${messageOf(thrown)}`);
  }
}

function checked<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  where: string,
): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ConfigurationError(`${where}: ${z.prettifyError(result.error)}`);
}
