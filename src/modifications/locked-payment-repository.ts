import { type Transaction } from '../database/database.ts';
import {
  paymentViewColumns,
  paymentViewTables,
  type PaymentViewRow,
  toPaymentView,
} from '../payments/payment-repository.ts';
import { type LockedPayment } from './modification.ts';

/** Locks the merchant's payment; undefined when there is none. */
export function lockPayment(
  trx: Transaction,
  msn: string,
  reference: string,
): Promise<LockedPayment | undefined> {
  return lockOne(trx, 'p.msn = :msn and p.reference = :reference and not p.reference_released', {
    msn,
    reference,
  });
}

export function lockPaymentById(
  trx: Transaction,
  paymentId: string,
): Promise<LockedPayment | undefined> {
  return lockOne(trx, 'p.id = :paymentId', { paymentId });
}

/**
 * By the ids that Vipps knows the payments by, all at once; one that was superseded belongs to no
 * payment. Locked in the order in which everybody locks several: nobody waits in a circle.
 */
export async function lockPaymentsByPspTransactionId(
  trx: Transaction,
  pspTransactionIds: readonly string[],
): Promise<readonly LockedPayment[]> {
  const { rows } = await trx.raw<{ rows: readonly LockedPaymentRow[] }>(
    `${lockSql} join psp_transaction t
       on t.payment_id = p.id and t.psp_transaction_id = p.psp_transaction_id
     where t.psp_transaction_id in (select jsonb_array_elements_text(cast(:ids as jsonb)))
     order by p.id for update of p`,
    { ids: JSON.stringify(pspTransactionIds) },
  );
  return rows.map(toLockedPayment);
}

async function lockOne(
  trx: Transaction,
  condition: string,
  bindings: Readonly<Record<string, string>>,
): Promise<LockedPayment | undefined> {
  const { rows } = await trx.raw<{ rows: readonly LockedPaymentRow[] }>(
    `${lockSql} where ${condition} for update of p`,
    bindings,
  );
  return rows[0] && toLockedPayment(rows[0]);
}

const lockSql = `
  select ${paymentViewColumns}, p.msn, p.psp_transaction_id, p.payment_text, p.capturing_minor,
    p.cancelling_minor, p.refunding_minor,
    floor(extract(epoch from clock_timestamp() - p.authorised_at) / 86400)::integer
      as authorised_days_ago
  ${paymentViewTables}`;

interface LockedPaymentRow extends PaymentViewRow {
  readonly msn: string;
  readonly psp_transaction_id: string;
  readonly payment_text: string;
  readonly capturing_minor: bigint;
  readonly cancelling_minor: bigint;
  readonly refunding_minor: bigint;
  readonly authorised_days_ago: number | null;
}

function toLockedPayment(row: LockedPaymentRow): LockedPayment {
  return {
    ...toPaymentView(row),
    msn: row.msn,
    pspTransactionId: row.psp_transaction_id,
    paymentText: row.payment_text,
    capturingMinor: row.capturing_minor,
    cancellingMinor: row.cancelling_minor,
    refundingMinor: row.refunding_minor,
    authorisedDaysAgo: row.authorised_days_ago,
  };
}
