import { parseArgs } from 'node:util';
import { type Env } from '../config/env.ts';
import { connectDatabase } from '../database/database.ts';
import { AdapterError, messageOf } from '../shared/errors.ts';
import { silentLog } from '../shared/log.ts';
import { createMerchant, type MerchantOrder } from './create-merchant.ts';
import { findDatabaseUrl } from './find-database-url.ts';
import { createMerchantRepository, type MerchantRepository } from './merchant-repository.ts';
import { type Merchant } from './merchant.ts';

/** What a program leaves behind: 0 done, 1 could not be done, 2 not understood. */
export interface CommandResult {
  readonly exitCode: 0 | 1 | 2;
  readonly stdout: string;
  readonly stderr: string;
}

export interface MerchantsCommand {
  readonly commandLine: readonly string[];
  readonly env: Env;
}

const usage = `Usage:
  npm run merchants -- create --msn <4 to 10 digits> --name <name> [options]
      make a merchant, and print credentials that are shown this once
      --acquirer-merchant-id <id>   at the acquirer; the merchant serial number when left out
      --terminal-id <id>            at the acquirer; 00000001 when left out
      --category-code <4 digits>    merchant category code; 5999 when left out
      --descriptor <text>           on the customer's statement; the name when left out
      --country <NO>                two letters
      --return-page                 customers come back to a page of the adapter
  npm run merchants -- list         list the merchants
The database is the one of DATABASE_URL, or else that of the running sandbox.
`;

const options = {
  msn: { type: 'string' },
  name: { type: 'string' },
  'acquirer-merchant-id': { type: 'string' },
  'terminal-id': { type: 'string' },
  'category-code': { type: 'string' },
  descriptor: { type: 'string' },
  country: { type: 'string' },
  'return-page': { type: 'boolean' },
} as const;

const listedMax = 1_000;

class Misunderstood extends Error {}

type Work = (merchants: MerchantRepository) => Promise<string>;

/** Runs one of the merchant commands. Never throws. */
export async function runMerchantsCommand(command: MerchantsCommand): Promise<CommandResult> {
  try {
    const work = workOf(command.commandLine);
    const stdout = await onDatabase(await findDatabaseUrl(command.env), work);
    return { exitCode: 0, stdout, stderr: '' };
  } catch (error) {
    if (error instanceof Misunderstood) {
      return { exitCode: 2, stdout: '', stderr: `${error.message}\n` };
    }
    const hint = error instanceof AdapterError ? '' : 'The database could not be used: ';
    return { exitCode: 1, stdout: '', stderr: `${hint}${messageOf(error)}\n` };
  }
}

function workOf(commandLine: readonly string[]): Work {
  const [name = '', ...rest] = commandLine;
  const values = valuesOf(rest);
  switch (name) {
    case 'create':
      return create(orderFrom(values));
    case 'list':
      return async (merchants) => render(await merchants.list(listedMax));
    default:
      throw new Misunderstood(usage);
  }
}

type Values = ReturnType<typeof parseValues>;

function parseValues(args: readonly string[]) {
  return parseArgs({ args: [...args], options }).values;
}

function valuesOf(args: readonly string[]): Values {
  try {
    return parseValues(args);
  } catch (error) {
    throw new Misunderstood(`${messageOf(error)}\n${usage}`);
  }
}

function orderFrom(values: Values): MerchantOrder {
  const { msn, name, descriptor, country } = values;
  if (msn === undefined || name === undefined) {
    throw new Misunderstood(`--msn and --name are needed\n${usage}`);
  }
  return {
    msn,
    name,
    useReturnPage: values['return-page'] ?? false,
    ...definedOf({
      acquirerMerchantId: values['acquirer-merchant-id'],
      terminalId: values['terminal-id'],
      categoryCode: values['category-code'],
      descriptor,
      country,
    }),
  };
}

function definedOf(terms: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given = Object.entries(terms).filter((entry): entry is [string, string] => !!entry[1]);
  return Object.fromEntries(given);
}

function create(order: MerchantOrder): Work {
  return async (merchants) => {
    const made = await createMerchant(merchants, order);
    return [
      `Made the merchant ${order.msn}. Its credentials are shown this once:`,
      `  client_id                  ${made.clientId}`,
      `  client_secret              ${made.clientSecret.expose()}`,
      `  Ocp-Apim-Subscription-Key  ${made.subscriptionKey.expose()}`,
      `  Merchant-Serial-Number     ${order.msn}`,
      '',
    ].join('\n');
  };
}

function render(merchants: readonly Merchant[]): string {
  const lines = merchants.map(({ msn, status, rail, clientId, name }) =>
    [msn.padEnd(10), status.padEnd(11), rail.padEnd(12), clientId, name].join('  '),
  );
  return lines.length === 0 ? 'There is no merchant yet\n' : `${lines.join('\n')}\n`;
}

async function onDatabase(url: string, work: Work): Promise<string> {
  const database = connectDatabase({ url, log: silentLog, applicationName: 'merchants-command' });
  try {
    return await work(createMerchantRepository(database.hot));
  } finally {
    await database.close();
  }
}
