import { type AcquirerMerchant } from '../acquirer/acquirer.ts';
import { type Currency } from '../shared/money.ts';
import { type ModificationKind } from './modification.ts';

/** A modification that somebody is to carry out at the acquirer, under a lease. */
export interface ModificationWork {
  readonly paymentId: string;
  readonly operationId: string;
  readonly kind: ModificationKind;
  readonly amountMinor: bigint;
  readonly currency: Currency;
  readonly msn: string;
  readonly pspTransactionId: string;
  readonly paymentText: string;
  readonly acquirerReference: string;
  /** Our reference to the authorisation. */
  readonly originalReference: string;
  readonly merchant: AcquirerMerchant;
  /** How often it has been sent, this time included. */
  readonly attempts: number;
  readonly fence: number;
}

/** Selects {@link WorkRow}s from a common table expression `work` of rows of `modification`. */
export const workSql = `
  select w.payment_id, w.operation_id, w.kind, w.amount_minor, w.acquirer_reference, w.attempts,
    w.fence, p.currency, p.msn, p.psp_transaction_id, p.payment_text,
    p.acquirer_reference as original_reference, m.acquirer_merchant_id, m.terminal_id,
    m.category_code, m.descriptor, m.country
  from work w join payment p on p.id = w.payment_id join merchant m on m.msn = p.msn`;

export interface WorkRow {
  readonly payment_id: string;
  readonly operation_id: string;
  readonly kind: ModificationKind;
  readonly amount_minor: bigint;
  readonly acquirer_reference: string;
  readonly attempts: number;
  readonly fence: number;
  readonly currency: Currency;
  readonly msn: string;
  readonly psp_transaction_id: string;
  readonly payment_text: string;
  readonly original_reference: string;
  readonly acquirer_merchant_id: string;
  readonly terminal_id: string;
  readonly category_code: string;
  readonly descriptor: string;
  readonly country: string;
}

export function toWork(row: WorkRow): ModificationWork {
  return {
    paymentId: row.payment_id,
    operationId: row.operation_id,
    kind: row.kind,
    amountMinor: row.amount_minor,
    currency: row.currency,
    msn: row.msn,
    pspTransactionId: row.psp_transaction_id,
    paymentText: row.payment_text,
    acquirerReference: row.acquirer_reference,
    originalReference: row.original_reference,
    merchant: {
      msn: row.msn,
      acquirerMerchantId: row.acquirer_merchant_id,
      terminalId: row.terminal_id,
      categoryCode: row.category_code,
      descriptor: row.descriptor,
      country: row.country,
    },
    attempts: row.attempts,
    fence: row.fence,
  };
}
