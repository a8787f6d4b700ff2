import { type LedgerEntry } from '../acquirer/acquirer-ledger.ts';
import { type PaymentState } from '../payments/payment-state.ts';
import { acquirerReferenceOf } from '../payments/references.ts';
import { type Difference } from './difference.ts';

/** A payment as our books have it. */
export interface BookedPayment {
  readonly id: string;
  readonly pspTransactionId: string;
  readonly state: PaymentState;
  readonly amountMinor: bigint;
  readonly capturedMinor: bigint;
  readonly cancelledMinor: bigint;
  readonly refundedMinor: bigint;
  readonly legs: readonly BookedLeg[];
  readonly reversals: readonly { readonly leg: number; readonly state: 'DUE' | 'ACKNOWLEDGED' }[];
  readonly modifications: readonly BookedModification[];
  /** Entries of the log that report an operation and have no report to Vipps. */
  readonly unreported: readonly number[];
}

export interface BookedLeg {
  readonly leg: number;
  readonly acquirerReference: string;
}

export interface BookedModification {
  readonly operationId: string;
  readonly kind: 'CAPTURE' | 'CANCEL' | 'REFUND';
  readonly amountMinor: bigint;
  readonly carriedOutBy: 'ADAPTER' | 'ELSEWHERE';
  readonly state: 'UNDER_WAY' | 'DONE' | 'REFUSED' | 'FAILED_ELSEWHERE';
  readonly acquirerReference: string | null;
}

/**
 * Compares one payment with what the acquirer has booked under its id. Pure: finds and proposes,
 * changes nothing. The payment is settled, that is, nobody is working on it.
 */
export function findDifferences(
  payment: BookedPayment,
  entries: readonly LedgerEntry[],
): readonly Difference[] {
  return [
    ...differingAuthorisations(payment, entries),
    ...differingModifications(payment, entries),
    ...unknownEffects(payment, entries),
    ...unreported(payment),
    ...sums(payment),
  ];
}

/** Approved, and neither reversed nor voided as a whole since. */
function liveApprovals(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return entries.filter(
    (entry) =>
      entry.type === 'AUTHORISATION' &&
      entry.approved &&
      !entries.some((later) => undoes(later, entry)),
  );
}

function undoes(later: LedgerEntry, approval: LedgerEntry): boolean {
  if (!later.approved || later.originalReference !== approval.reference) return false;
  const voidsAll = later.type === 'VOID' && later.amountMinor === approval.amountMinor;
  return later.type === 'REVERSAL' || voidsAll;
}

function differingAuthorisations(
  payment: BookedPayment,
  entries: readonly LedgerEntry[],
): readonly Difference[] {
  const live = liveApprovals(entries);
  if (payment.state === 'AUTHORISED') return authorisedHere(payment, entries, live);
  const untold = live.flatMap((approval) => neverTold(payment, approval));
  const isDue = payment.reversals.some(({ state }) => state === 'DUE');
  if (payment.state !== 'REVERSING' || isDue || untold.length > 0) return untold;
  const last = payment.legs.at(-1);
  return last ? [orderReversal(payment, 'REVERSAL_MISSING', last)] : [];
}

function authorisedHere(
  payment: BookedPayment,
  entries: readonly LedgerEntry[],
  live: readonly LedgerEntry[],
): readonly Difference[] {
  const { pspTransactionId } = payment;
  const approvals = entries.filter(({ type, approved }) => type === 'AUTHORISATION' && approved);
  const [approval] = approvals;
  if (approval === undefined) {
    const subject = payment.legs.at(-1)?.acquirerReference ?? pspTransactionId;
    return [{ kind: 'AUTHORISED_HERE_NOT_THERE', pspTransactionId, subject }];
  }
  const wrong = approvals.filter(({ amountMinor }) => amountMinor !== payment.amountMinor);
  if (wrong[0]) return [{ kind: 'AMOUNT_DIFFERS', pspTransactionId, subject: wrong[0].reference }];
  const voidedByUs = payment.modifications.some(
    ({ kind, state }) => kind === 'CANCEL' && (state === 'DONE' || state === 'UNDER_WAY'),
  );
  if (live.length > 0 || voidedByUs) return [];
  return [{ kind: 'AUTHORISED_HERE_UNDONE_THERE', pspTransactionId, subject: approval.reference }];
}

/** Money is held for a payment that is not AUTHORISED; fine while its reversal is on the way. */
function neverTold(payment: BookedPayment, approval: LedgerEntry): readonly Difference[] {
  const leg =
    payment.legs.find(({ acquirerReference }) => acquirerReference === approval.reference) ??
    lostLeg(payment, approval);
  const reversal = payment.reversals.find((known) => known.leg === leg?.leg);
  if (reversal?.state === 'DUE') return [];
  if (leg === undefined) {
    const { pspTransactionId } = payment;
    return [{ kind: 'DONE_THERE_NOT_HERE', pspTransactionId, subject: approval.reference }];
  }
  const kind = reversal ? 'REVERSAL_NOT_CARRIED_OUT' : 'APPROVAL_NEVER_TOLD';
  return [orderReversal(payment, kind, leg)];
}

/** A leg that our books lost, known by the reference that we would have given it. */
function lostLeg(payment: BookedPayment, approval: LedgerEntry): BookedLeg | undefined {
  return [1, 2]
    .map((leg) => ({ leg, acquirerReference: acquirerReferenceOf(payment.pspTransactionId, leg) }))
    .find(({ acquirerReference }) => acquirerReference === approval.reference);
}

function orderReversal(
  { id, pspTransactionId }: BookedPayment,
  kind: Difference['kind'],
  { leg, acquirerReference }: BookedLeg,
): Difference {
  return {
    kind,
    pspTransactionId,
    subject: acquirerReference,
    remedy: { kind: 'ORDER_REVERSAL', paymentId: id, leg, acquirerReference, pspTransactionId },
  };
}

function differingModifications(
  payment: BookedPayment,
  entries: readonly LedgerEntry[],
): readonly Difference[] {
  return payment.modifications
    .filter(({ carriedOutBy }) => carriedOutBy === 'ADAPTER')
    .map((modification) => differingModification(payment, modification, entries))
    .filter((difference) => difference !== undefined);
}

function differingModification(
  payment: BookedPayment,
  modification: BookedModification,
  entries: readonly LedgerEntry[],
): Difference | undefined {
  const { operationId } = modification;
  const subject = modification.acquirerReference ?? operationId;
  const base = { pspTransactionId: payment.pspTransactionId, subject };
  const booked = entries.find(({ reference, approved }) => approved && reference === subject);
  switch (modification.state) {
    case 'UNDER_WAY':
      return {
        kind: 'OUTCOME_UNKNOWN',
        ...base,
        remedy: { kind: 'REPEAT_OPERATION', paymentId: payment.id, operationId },
      };
    case 'DONE':
      if (!booked) return { kind: 'DONE_HERE_NOT_THERE', ...base };
      return booked.amountMinor === modification.amountMinor
        ? undefined
        : { kind: 'AMOUNT_DIFFERS', ...base };
    case 'REFUSED':
    case 'FAILED_ELSEWHERE':
      return booked && { kind: 'DONE_THERE_NOT_HERE', ...base };
  }
}

/** Captures, voids and refunds that no operation of ours asked for. */
function unknownEffects(
  payment: BookedPayment,
  entries: readonly LedgerEntry[],
): readonly Difference[] {
  const known = new Set(payment.modifications.map(({ acquirerReference }) => acquirerReference));
  return entries
    .filter(({ type, approved }) => approved && type !== 'AUTHORISATION' && type !== 'REVERSAL')
    .filter(({ reference }) => !known.has(reference))
    .map(({ reference }) => ({
      kind: 'DONE_THERE_NOT_HERE',
      pspTransactionId: payment.pspTransactionId,
      subject: reference,
    }));
}

function unreported({
  id,
  pspTransactionId,
  unreported: missing,
}: BookedPayment): readonly Difference[] {
  return missing.map((sequence) => ({
    kind: 'REPORT_MISSING',
    pspTransactionId,
    subject: `entry ${sequence}`,
    remedy: { kind: 'ENQUEUE_REPORT', paymentId: id, sequence },
  }));
}

/** Whether the amounts on the payment are what its operations come to. */
function sums(payment: BookedPayment): readonly Difference[] {
  const done = (kind: BookedModification['kind']): bigint =>
    payment.modifications
      .filter((modification) => modification.kind === kind && modification.state === 'DONE')
      .reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  const agrees =
    done('CAPTURE') === payment.capturedMinor &&
    done('CANCEL') === payment.cancelledMinor &&
    done('REFUND') === payment.refundedMinor;
  if (agrees) return [];
  const { pspTransactionId } = payment;
  return [{ kind: 'AMOUNTS_DO_NOT_ADD_UP', pspTransactionId, subject: pspTransactionId }];
}
