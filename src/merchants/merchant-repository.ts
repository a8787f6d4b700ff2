import { type Pool } from 'pg';
import { type Rail } from '../payments/rail.ts';
import {
  type AcquirerTerms,
  type Merchant,
  type MerchantStatus,
  type PaymentRules,
  type SecretHashes,
} from './merchant.ts';

export interface NewMerchant extends Omit<Merchant, 'formerHashes'>, AcquirerTerms, PaymentRules {}

export interface MerchantRepository {
  /** False when the merchant serial number is taken. */
  add(merchant: NewMerchant): Promise<boolean>;
  findByMsn(msn: string): Promise<Merchant | undefined>;
  findByClientId(clientId: string): Promise<Merchant | undefined>;
  /** By merchant serial number, at most `limit`. */
  list(limit: number): Promise<readonly Merchant[]>;
}

export function createMerchantRepository(hot: Pool): MerchantRepository {
  const findOne = async (name: string, condition: string, value: string) => {
    const text = `select ${columns} from merchant where ${condition}`;
    const { rows } = await hot.query<MerchantRow>({ name, text, values: [value] });
    return rows[0] && toMerchant(rows[0]);
  };
  return {
    add: async (merchant) => {
      const values = [
        merchant.msn,
        merchant.name,
        merchant.status,
        merchant.rail,
        merchant.clientId,
        merchant.clientSecretHash,
        merchant.subscriptionKeyHash,
        merchant.useReturnPage,
        merchant.acquirerMerchantId,
        merchant.terminalId,
        merchant.categoryCode,
        merchant.descriptor,
        merchant.country,
        merchant.creditCardsAllowed,
        merchant.paymentLimitMinor,
        merchant.stepUpAllowed,
      ];
      const { rowCount } = await hot.query({ name: 'merchant-add', text: addSql, values });
      return rowCount === 1;
    },
    findByMsn: (msn) => findOne('merchant-by-msn', 'msn = $1', msn),
    findByClientId: (clientId) => findOne('merchant-by-client-id', 'client_id = $1', clientId),
    list: async (limit) => {
      const { rows } = await hot.query<MerchantRow>(
        `select ${columns} from merchant order by msn limit $1`,
        [limit],
      );
      return rows.map(toMerchant);
    },
  };
}

const storedColumns =
  'msn, name, status, rail, client_id, client_secret_hash, subscription_key_hash, use_return_page';

const columns = `${storedColumns}, former_client_secret_hash, former_subscription_key_hash,
  former_credentials_until > clock_timestamp() as former_is_valid`;

const addSql = `
  insert into merchant (${storedColumns}, acquirer_merchant_id, terminal_id, category_code, descriptor,
    country, credit_cards_allowed, payment_limit_minor, step_up_allowed)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
  on conflict (msn) do nothing`;

interface MerchantRow {
  readonly msn: string;
  readonly name: string;
  readonly status: MerchantStatus;
  readonly rail: Rail;
  readonly client_id: string;
  readonly client_secret_hash: Buffer;
  readonly subscription_key_hash: Buffer;
  readonly use_return_page: boolean;
  readonly former_client_secret_hash: Buffer | null;
  readonly former_subscription_key_hash: Buffer | null;
  readonly former_is_valid: boolean | null;
}

function toMerchant(row: MerchantRow): Merchant {
  return {
    msn: row.msn,
    name: row.name,
    status: row.status,
    rail: row.rail,
    clientId: row.client_id,
    clientSecretHash: row.client_secret_hash,
    subscriptionKeyHash: row.subscription_key_hash,
    useReturnPage: row.use_return_page,
    formerHashes: formerHashesOf(row),
  };
}

function formerHashesOf(row: MerchantRow): SecretHashes | null {
  const clientSecretHash = row.former_client_secret_hash;
  const subscriptionKeyHash = row.former_subscription_key_hash;
  if (!row.former_is_valid || !clientSecretHash || !subscriptionKeyHash) return null;
  return { clientSecretHash, subscriptionKeyHash };
}
