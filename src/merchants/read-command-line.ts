import { parseArgs } from 'node:util';
import { type Rail, railNames } from '../payments/rail.ts';
import { messageOf } from '../shared/errors.ts';
import { type MerchantOrder } from './create-merchant.ts';
import { type MerchantChanges } from './merchant-register.ts';

const usage = `Usage:
  npm run merchants -- create --msn <4 to 10 digits> --name <name> [options]
      make a merchant, and print credentials that are shown this once
  npm run merchants -- change --msn <4 to 10 digits> [--name <name>] [options]
      change what is given; payments under way stay on their rail
  npm run merchants -- list
      list the merchants
Options, and what a new merchant has without them:
  --rail <psp-v2|psp-v3>        protocol with Vipps of new payments; psp-v2
  --step-up, --no-step-up       whether customers are sent through 3-D Secure; they are
  --return-page                 customers come back to a page of the adapter; to the shop's own
  --acquirer-merchant-id <id>   at the acquirer; the merchant serial number
  --terminal-id <id>            at the acquirer; 00000001
  --category-code <4 digits>    merchant category code; 5999
  --descriptor <text>           on the customer's statement; the name
  --country <NO>                two letters; NO
The database is the one of DATABASE_URL, or else that of the running sandbox.
`;

const options = {
  msn: { type: 'string' },
  name: { type: 'string' },
  rail: { type: 'string' },
  'step-up': { type: 'boolean' },
  'return-page': { type: 'boolean' },
  'acquirer-merchant-id': { type: 'string' },
  'terminal-id': { type: 'string' },
  'category-code': { type: 'string' },
  descriptor: { type: 'string' },
  country: { type: 'string' },
} as const;

/** The command line says nothing that can be done; the message says what would. */
export class Misunderstood extends Error {}

export type MerchantsOrder =
  | { readonly kind: 'CREATE'; readonly order: MerchantOrder }
  | { readonly kind: 'CHANGE'; readonly msn: string; readonly changes: MerchantChanges }
  | { readonly kind: 'LIST' };

/** @throws {Misunderstood} */
export function readCommandLine([name = '', ...rest]: readonly string[]): MerchantsOrder {
  const values = valuesOf(rest);
  switch (name) {
    case 'create':
      return { kind: 'CREATE', order: orderFrom(values) };
    case 'change':
      return changesFrom(values);
    case 'list':
      return { kind: 'LIST' };
    default:
      throw new Misunderstood(usage);
  }
}

type Values = ReturnType<typeof parseValues>;

function parseValues(args: readonly string[]) {
  return parseArgs({ args: [...args], options, allowNegative: true }).values;
}

function valuesOf(args: readonly string[]): Values {
  try {
    return parseValues(args);
  } catch (error) {
    throw new Misunderstood(`${messageOf(error)}\n${usage}`);
  }
}

function orderFrom(values: Values): MerchantOrder {
  const { msn, name } = values;
  if (msn === undefined || name === undefined) {
    throw new Misunderstood(`--msn and --name are needed\n${usage}`);
  }
  return { ...changesIn(values), msn, name };
}

function changesFrom(values: Values): MerchantsOrder {
  const { msn } = values;
  const changes = changesIn(values);
  if (msn === undefined || Object.keys(changes).length === 0) {
    throw new Misunderstood(`--msn and something to change are needed\n${usage}`);
  }
  return { kind: 'CHANGE', msn, changes };
}

function changesIn(values: Values): MerchantChanges {
  const given = {
    name: values.name,
    rail: values.rail === undefined ? undefined : railFrom(values.rail),
    stepUpAllowed: values['step-up'],
    useReturnPage: values['return-page'],
    acquirerMerchantId: values['acquirer-merchant-id'],
    terminalId: values['terminal-id'],
    categoryCode: values['category-code'],
    descriptor: values.descriptor,
    country: values.country,
  } as const satisfies Record<string, string | boolean | undefined>;
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function railFrom(text: string): Rail {
  const rail = railNames.find((name) => name === text);
  if (rail === undefined)
    throw new Misunderstood(`--rail is one of ${railNames.join(', ')}\n${usage}`);
  return rail;
}
