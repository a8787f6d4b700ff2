import { type Pool } from 'pg';
import { type Rail } from '../payments/rail.ts';

/** What Vipps has accepted of a payment's reports, all of them long enough ago. */
export interface Reported {
  readonly msn: string;
  readonly rail: Rail;
  readonly pspTransactionId: string;
  readonly capturedMinor: bigint;
  readonly refundedMinor: bigint;
}

interface ReportedRow {
  readonly msn: string;
  readonly rail: Rail;
  readonly psp_transaction_id: string;
  readonly captured: bigint;
  readonly refunded: bigint;
}

const reportedSql = `
  select msn, rail, psp_transaction_id,
    coalesce(sum(amount_minor) filter (where status = 'CAPTURED'), 0)::bigint as captured,
    coalesce(sum(amount_minor) filter (where status = 'REFUNDED'), 0)::bigint as refunded
  from status_update
  where payment_id = any($1::uuid[]) and operation_status = 'SUCCESS'
  group by payment_id, msn, rail, psp_transaction_id
  having bool_and(state = 'ACCEPTED')
    and max(settled_at) between clock_timestamp() - make_interval(hours => $3)
      and clock_timestamp() - make_interval(hours => $2)`;

export interface ReportedRepository {
  /** Payments with nothing left to report whose last report was accepted between the two times. */
  findLongAgo(
    paymentIds: readonly string[],
    window: { readonly lagHours: number; readonly lookBackHours: number },
  ): Promise<readonly Reported[]>;
}

export function createReportedRepository(hot: Pool): ReportedRepository {
  return {
    findLongAgo: async (paymentIds, { lagHours, lookBackHours }) => {
      const values = [paymentIds, lagHours, lookBackHours];
      const { rows } = await hot.query<ReportedRow>(reportedSql, values);
      return rows.map((row) => ({
        msn: row.msn,
        rail: row.rail,
        pspTransactionId: row.psp_transaction_id,
        capturedMinor: row.captured,
        refundedMinor: row.refunded,
      }));
    },
  };
}
