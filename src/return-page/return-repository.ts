import { type Pool } from 'pg';
import { type PaymentState } from '../payments/payment-state.ts';
import { type Currency } from '../shared/money.ts';
import { sha256 } from '../shared/secret.ts';

/** What a customer is shown of a payment. */
export interface ReturningPayment {
  readonly state: PaymentState;
  readonly merchantName: string;
  readonly paymentText: string;
  readonly amountMinor: bigint;
  readonly currency: Currency;
  readonly returnUrl: string | null;
}

export interface ReturnRepository {
  /** The token alone leads to the payment: a customer may come back in another browser. */
  findByToken(token: string): Promise<ReturningPayment | undefined>;
}

export function createReturnRepository(hot: Pool): ReturnRepository {
  return {
    findByToken: async (token) => {
      const { rows } = await hot.query<ReturnRow>({
        name: 'payment-by-return-token',
        text: findSql,
        values: [sha256(token)],
      });
      const [row] = rows;
      return (
        row && {
          state: row.state,
          merchantName: row.name,
          paymentText: row.payment_text,
          amountMinor: row.amount_minor,
          currency: row.currency,
          returnUrl: row.return_url,
        }
      );
    },
  };
}

const findSql = `
  select p.state, m.name, p.payment_text, p.amount_minor, p.currency, p.return_url
  from payment p join merchant m on m.msn = p.msn
  where p.return_token_hash = $1`;

interface ReturnRow {
  readonly state: PaymentState;
  readonly name: string;
  readonly payment_text: string;
  readonly amount_minor: bigint;
  readonly currency: Currency;
  readonly return_url: string | null;
}
