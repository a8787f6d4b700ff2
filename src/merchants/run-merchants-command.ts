import { type Env } from '../config/env.ts';
import { connectDatabase, type Database } from '../database/database.ts';
import { AdapterError, messageOf } from '../shared/errors.ts';
import { silentLog } from '../shared/log.ts';
import { changeMerchant } from './change-merchant.ts';
import { createMerchant, type MerchantOrder } from './create-merchant.ts';
import { findDatabaseUrl } from './find-database-url.ts';
import { createMerchantRegister } from './merchant-register-repository.ts';
import { createMerchantRepository, type MerchantRepository } from './merchant-repository.ts';
import { type Merchant } from './merchant.ts';
import { Misunderstood, type MerchantsOrder, readCommandLine } from './read-command-line.ts';

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

const listedMax = 1_000;

/** Runs one of the merchant commands. Never throws. */
export async function runMerchantsCommand(command: MerchantsCommand): Promise<CommandResult> {
  try {
    const order = readCommandLine(command.commandLine);
    const stdout = await carryOut(order, await findDatabaseUrl(command.env));
    return { exitCode: 0, stdout, stderr: '' };
  } catch (error) {
    if (error instanceof Misunderstood) {
      return { exitCode: 2, stdout: '', stderr: `${error.message}\n` };
    }
    const hint = error instanceof AdapterError ? '' : 'The database could not be used: ';
    return { exitCode: 1, stdout: '', stderr: `${hint}${messageOf(error)}\n` };
  }
}

async function carryOut(order: MerchantsOrder, databaseUrl: string): Promise<string> {
  const database = connectDatabase({
    url: databaseUrl,
    log: silentLog,
    applicationName: 'merchants-command',
  });
  try {
    return await carryOutOn(database, order);
  } finally {
    await database.close();
  }
}

async function carryOutOn({ hot }: Database, order: MerchantsOrder): Promise<string> {
  switch (order.kind) {
    case 'CREATE':
      return create(createMerchantRepository(hot), order.order);
    case 'CHANGE':
      return lineOf(await changeMerchant(createMerchantRegister(hot), order.msn, order.changes));
    case 'LIST':
      return render(await createMerchantRepository(hot).list(listedMax));
  }
}

async function create(merchants: MerchantRepository, order: MerchantOrder): Promise<string> {
  const made = await createMerchant(merchants, order);
  return [
    `Made the merchant ${order.msn}. Its credentials are shown this once:`,
    `  client_id                  ${made.clientId}`,
    `  client_secret              ${made.clientSecret.expose()}`,
    `  Ocp-Apim-Subscription-Key  ${made.subscriptionKey.expose()}`,
    `  Merchant-Serial-Number     ${order.msn}`,
    '',
  ].join('\n');
}

function render(merchants: readonly Merchant[]): string {
  return merchants.length === 0 ? 'There is no merchant yet\n' : merchants.map(lineOf).join('');
}

type Listed = Pick<Merchant, 'msn' | 'status' | 'rail' | 'clientId' | 'name'>;

function lineOf({ msn, status, rail, clientId, name }: Listed): string {
  return `${[msn.padEnd(10), status.padEnd(11), rail.padEnd(12), clientId, name].join('  ')}\n`;
}
