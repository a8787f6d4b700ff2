import { type Pool } from 'pg';
import { type PaymentState } from '../payments/payment-state.ts';
import { type Rail } from '../payments/rail.ts';

/** What a forced approval must know of a payment. */
export interface PaymentToApprove {
  readonly state: PaymentState;
  readonly rail: Rail;
  readonly pspTransactionId: string;
  /** Null until Vipps has answered init. */
  readonly vippsRedirectUrl: string | null;
}

export interface ForceApprovalRepository {
  find(msn: string, reference: string): Promise<PaymentToApprove | undefined>;
}

interface Row {
  readonly state: PaymentState;
  readonly rail: Rail;
  readonly psp_transaction_id: string;
  readonly vipps_redirect_url: string | null;
}

export function createForceApprovalRepository(hot: Pool): ForceApprovalRepository {
  return {
    find: async (msn, reference) => {
      const { rows } = await hot.query<Row>(
        `select state, rail, psp_transaction_id, vipps_redirect_url from payment
         where msn = $1 and reference = $2 and not reference_released`,
        [msn, reference],
      );
      return (
        rows[0] && {
          state: rows[0].state,
          rail: rows[0].rail,
          pspTransactionId: rows[0].psp_transaction_id,
          vippsRedirectUrl: rows[0].vipps_redirect_url,
        }
      );
    },
  };
}
