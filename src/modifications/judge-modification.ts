import { type PaymentState } from '../payments/payment-state.ts';
import { type Money } from '../shared/money.ts';
import {
  type LockedPayment,
  type ModificationKind,
  refundableMinor,
  remainderMinor,
} from './modification.ts';

/** Why a payment does not allow a modification. */
export type Refusal =
  /** Something else is under way on the payment: later it may be allowed. */
  | 'BEING_PROCESSED'
  | 'BEING_AUTHORISED'
  | 'CAPTURE_BEFORE_RESERVATION'
  | 'REFUND_BEFORE_RESERVATION'
  | 'CANNOT_BE_CAPTURED'
  | 'CANNOT_BE_CANCELLED'
  | 'CANNOT_BE_REFUNDED'
  | 'ENDED'
  | 'OTHER_CURRENCY'
  | 'AMOUNT_TOO_SMALL'
  | 'CAPTURED_ALREADY'
  | 'CANCELLED_ALREADY'
  | 'REFUNDED_ALREADY'
  | 'CAPTURED_IN_FULL'
  | 'CAPTURE_TOO_LATE'
  | 'CANCEL_TOO_LATE'
  | 'REFUND_TOO_LATE'
  | 'MORE_THAN_CAPTURABLE'
  | 'MORE_THAN_REFUNDABLE'
  | 'ONLY_BEFORE_AUTHORISATION';

/** What a merchant wants done to a payment. */
export type Wish =
  | { readonly kind: 'CAPTURE' | 'REFUND'; readonly amount: Money }
  /** Always of all that is left. */
  | { readonly kind: 'CANCEL'; readonly onlyBeforeAuthorisation: boolean };

/** Days from the authorisation (ePayment API guide, time windows). */
export const withinDays = { CAPTURE: 180, CANCEL: 180, REFUND: 365 } as const satisfies Record<
  ModificationKind,
  number
>;

/**
 * Why the payment does not allow the wish, the first reason of several; undefined where it does. A
 * payment that waits for its customer allows a cancel.
 */
export function judgeModification(payment: LockedPayment, wish: Wish): Refusal | undefined {
  return (
    (wish.kind === 'CANCEL' ? undefined : refusalOfAmount(payment, wish.amount)) ??
    refusalsByState[wish.kind][payment.state] ??
    (payment.state === 'AUTHORISED' ? refusalOfAuthorised(payment, wish) : undefined)
  );
}

function refusalOfAmount({ currency }: LockedPayment, amount: Money): Refusal | undefined {
  if (amount.currency !== currency) return 'OTHER_CURRENCY';
  return amount.minor > 0n ? undefined : 'AMOUNT_TOO_SMALL';
}

function refusalOfAuthorised(payment: LockedPayment, wish: Wish): Refusal | undefined {
  if (wish.kind === 'CANCEL' && wish.onlyBeforeAuthorisation) return 'ONLY_BEFORE_AUTHORISATION';
  if (isUnderWay(payment)) return 'BEING_PROCESSED';
  switch (wish.kind) {
    case 'CAPTURE':
      return refusalOfCapture(payment, wish.amount.minor);
    case 'CANCEL':
      return refusalOfCancel(payment);
    case 'REFUND':
      return refusalOfRefund(payment, wish.amount.minor);
  }
}

function isUnderWay(payment: LockedPayment): boolean {
  const { capturingMinor, cancellingMinor, refundingMinor } = payment;
  return capturingMinor + cancellingMinor + refundingMinor > 0n;
}

function refusalOfCapture(payment: LockedPayment, minor: bigint): Refusal | undefined {
  const left = remainderMinor(payment);
  if (left === 0n) return payment.cancelledMinor > 0n ? 'CANCELLED_ALREADY' : 'CAPTURED_ALREADY';
  if (isTooLate('CAPTURE', payment)) return 'CAPTURE_TOO_LATE';
  return minor > left ? 'MORE_THAN_CAPTURABLE' : undefined;
}

function refusalOfCancel(payment: LockedPayment): Refusal | undefined {
  if (remainderMinor(payment) === 0n) {
    const { capturedMinor, cancelledMinor } = payment;
    return capturedMinor > 0n && cancelledMinor === 0n ? 'CAPTURED_IN_FULL' : 'CANNOT_BE_CANCELLED';
  }
  return isTooLate('CANCEL', payment) ? 'CANCEL_TOO_LATE' : undefined;
}

function refusalOfRefund(payment: LockedPayment, minor: bigint): Refusal | undefined {
  const left = refundableMinor(payment);
  if (left === 0n && payment.capturedMinor > 0n) return 'REFUNDED_ALREADY';
  if (isTooLate('REFUND', payment)) return 'REFUND_TOO_LATE';
  return minor > left ? 'MORE_THAN_REFUNDABLE' : undefined;
}

function isTooLate(kind: ModificationKind, { authorisedDaysAgo }: LockedPayment): boolean {
  return authorisedDaysAgo !== null && authorisedDaysAgo >= withinDays[kind];
}

type RefusalByState = Readonly<Record<PaymentState, Refusal | undefined>>;

/** An ended payment was never authorised, or is so no more. */
function ended(refusal: Refusal) {
  return {
    REVERSING: refusal,
    FAILED: refusal,
    ABORTED: refusal,
    EXPIRED: refusal,
    TERMINATED: refusal,
  } as const;
}

/** The customer has approved; merchants are told nothing before Vipps is. */
function processing(refusal: Refusal) {
  return { AUTHORISING: refusal, ANSWERING: refusal, STEP_UP: refusal } as const;
}

const refusalsByState: Readonly<Record<ModificationKind, RefusalByState>> = {
  CAPTURE: {
    CREATED: 'CAPTURE_BEFORE_RESERVATION',
    ...processing('BEING_PROCESSED'),
    AUTHORISED: undefined,
    ...ended('CANNOT_BE_CAPTURED'),
  },
  CANCEL: {
    CREATED: undefined,
    ...processing('BEING_AUTHORISED'),
    AUTHORISED: undefined,
    ...ended('ENDED'),
  },
  REFUND: {
    CREATED: 'REFUND_BEFORE_RESERVATION',
    ...processing('BEING_PROCESSED'),
    AUTHORISED: undefined,
    ...ended('CANNOT_BE_REFUNDED'),
  },
};
