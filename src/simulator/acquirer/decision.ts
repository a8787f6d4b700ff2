import { createHash } from 'node:crypto';
import { type LedgerEntry } from './books.ts';
import { type ReversalAnswer, type TransactionAnswer } from './messages.ts';

/** What is booked, and what is answered. */
export type Decision = {
  readonly entry: LedgerEntry;
  readonly answer: TransactionAnswer | ReversalAnswer;
  readonly remembered?: boolean;
};

/** When a decision is made, and the how-manieth it is. */
export type Moment = { readonly now: Date; readonly sequence: number };

const dayMs = 86_400_000;

/**
 * A retrieval reference number (ISO 8583, data element 37): the last digit of the year, the day of
 * the year, the hour, and a running number of six digits. Twelve digits.
 */
export function rrnOf({ now, sequence }: Moment): string {
  const year = now.getUTCFullYear();
  const day = Math.floor((now.getTime() - Date.UTC(year, 0, 1)) / dayMs) + 1;
  const [dayText, hourText] = [String(day).padStart(3, '0'), String(now.getUTCHours())];
  const running = String(sequence % 1_000_000).padStart(6, '0');
  return `${year % 10}${dayText}${hourText.padStart(2, '0')}${running}`;
}

/** Six characters `[0-9A-F]` (ISO 8583, data element 38), the same for the same reference. */
export function authorisationCodeOf(reference: string): string {
  return createHash('sha256').update(reference).digest('hex').slice(0, 6).toUpperCase();
}

/** The members of a ledger entry in the order in which they are shown. */
export function ledgerEntry(
  type: LedgerEntry['type'],
  members: Omit<LedgerEntry, 'type' | 'approved' | 'at'>,
  { approved, now }: { readonly approved: boolean; readonly now: Date },
): LedgerEntry {
  return {
    type,
    approved,
    amount: members.amount,
    currency: members.currency,
    reference: members.reference,
    originalReference: members.originalReference,
    pspTransactionId: members.pspTransactionId,
    responseCode: members.responseCode,
    at: now.toISOString(),
  };
}
