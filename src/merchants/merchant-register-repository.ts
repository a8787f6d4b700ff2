import { type Pool } from 'pg';
import { type Rail } from '../payments/rail.ts';
import {
  type MerchantChanges,
  type MerchantRegister,
  type MerchantView,
} from './merchant-register.ts';
import { type MerchantStatus } from './merchant.ts';

export function createMerchantRegister(hot: Pool): MerchantRegister {
  const queryOne = async (name: string, text: string, values: readonly unknown[]) => {
    const { rows } = await hot.query<ViewRow>({ name, text, values: [...values] });
    return rows[0] && toView(rows[0]);
  };
  return {
    find: (msn) =>
      queryOne('merchant-view', `select ${viewColumns} from merchant where msn = $1`, [msn]),
    list: async ({ after, limit }) => {
      const { rows } = await hot.query<ViewRow>(
        `select ${viewColumns} from merchant where msn > $1 order by msn limit $2`,
        [after, limit],
      );
      return rows.map(toView);
    },
    change: (msn, changes) => {
      const names = changedIn(changes);
      const values = names.map((name) => changes[name]);
      return queryOne(`merchant-change-${names.join('-')}`, changeSql(names), [msn, ...values]);
    },
    replaceSecrets: (msn, { clientSecretHash, subscriptionKeyHash }, formerValidSeconds) =>
      queryOne('merchant-replace-secrets', replaceSecretsSql, [
        msn,
        clientSecretHash,
        subscriptionKeyHash,
        formerValidSeconds,
      ]),
  };
}

const columnOf = {
  name: 'name',
  status: 'status',
  rail: 'rail',
  useReturnPage: 'use_return_page',
  creditCardsAllowed: 'credit_cards_allowed',
  paymentLimitMinor: 'payment_limit_minor',
  stepUpAllowed: 'step_up_allowed',
  acquirerMerchantId: 'acquirer_merchant_id',
  terminalId: 'terminal_id',
  categoryCode: 'category_code',
  descriptor: 'descriptor',
  country: 'country',
} as const satisfies Record<keyof MerchantChanges, string>;

const viewColumns = `msn, client_id, ${Object.values(columnOf).join(', ')}, created_at, changed_at,
  case when former_credentials_until > clock_timestamp() then former_credentials_until end
    as former_credentials_until`;

type ColumnName = keyof typeof columnOf;

function changedIn(changes: MerchantChanges): readonly ColumnName[] {
  return (Object.keys(columnOf) as ColumnName[])
    .filter((name) => changes[name] !== undefined)
    .sort();
}

const changeSql = (names: readonly ColumnName[]) => {
  const assignments = names.map((name, index) => `${columnOf[name]} = $${index + 2}`);
  return `update merchant set ${[...assignments, 'changed_at = clock_timestamp()'].join(', ')}
    where msn = $1 returning ${viewColumns}`;
};

const replaceSecretsSql = `
  update merchant set client_secret_hash = $2, subscription_key_hash = $3,
    former_client_secret_hash = case when $4::integer > 0 then client_secret_hash end,
    former_subscription_key_hash = case when $4::integer > 0 then subscription_key_hash end,
    former_credentials_until = case when $4::integer > 0
      then clock_timestamp() + make_interval(secs => $4::integer) end,
    changed_at = clock_timestamp()
  where msn = $1 returning ${viewColumns}`;

interface ViewRow {
  readonly msn: string;
  readonly client_id: string;
  readonly name: string;
  readonly status: MerchantStatus;
  readonly rail: Rail;
  readonly use_return_page: boolean;
  readonly credit_cards_allowed: boolean;
  readonly payment_limit_minor: bigint | null;
  readonly step_up_allowed: boolean;
  readonly acquirer_merchant_id: string;
  readonly terminal_id: string;
  readonly category_code: string;
  readonly descriptor: string;
  readonly country: string;
  readonly created_at: Date;
  readonly changed_at: Date;
  readonly former_credentials_until: Date | null;
}

function toView(row: ViewRow): MerchantView {
  return {
    msn: row.msn,
    clientId: row.client_id,
    name: row.name,
    status: row.status,
    rail: row.rail,
    useReturnPage: row.use_return_page,
    creditCardsAllowed: row.credit_cards_allowed,
    paymentLimitMinor: row.payment_limit_minor,
    stepUpAllowed: row.step_up_allowed,
    acquirerMerchantId: row.acquirer_merchant_id,
    terminalId: row.terminal_id,
    categoryCode: row.category_code,
    descriptor: row.descriptor,
    country: row.country,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    formerCredentialsUntil: row.former_credentials_until,
  };
}
