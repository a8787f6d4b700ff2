import { type MerchantEvent, type PaymentView } from '../payments/payment-repository.ts';
import { merchantStateOf } from '../payments/payment-state.ts';
import { type Currency } from '../shared/money.ts';

/** JSON integers are exact far beyond the greatest amount that a payment can have. */
function wireAmount(currency: Currency, minor: bigint) {
  return { currency, value: Number(minor) };
}

function aggregateOf(payment: PaymentView) {
  const { currency, state, amountMinor } = payment;
  return {
    authorizedAmount: wireAmount(currency, payment.authorisedMinor),
    // What was never authorised has no money to give up; merchants are shown the amount all the same.
    cancelledAmount: wireAmount(
      currency,
      state === 'TERMINATED' ? amountMinor : payment.cancelledMinor,
    ),
    capturedAmount: wireAmount(currency, payment.capturedMinor),
    refundedAmount: wireAmount(currency, payment.refundedMinor),
  };
}

/** The answer of get payment (ePayment API, GetPaymentResponse). */
export function paymentBody(payment: PaymentView) {
  const { redirectUrl, metadata, userFlow, bin } = payment;
  return {
    ...modificationBody(payment),
    paymentMethod: { type: 'WALLET', ...(bin !== null && { cardBin: bin }) },
    profile: {},
    ...(redirectUrl !== null && userFlow !== 'PUSH_MESSAGE' && { redirectUrl }),
    ...(metadata !== null && { metadata }),
  };
}

/** The answer of capture, cancel and refund (ePayment API, ModificationResponse). */
export function modificationBody(payment: PaymentView) {
  return {
    aggregate: aggregateOf(payment),
    amount: wireAmount(payment.currency, payment.amountMinor),
    state: merchantStateOf[payment.state],
    pspReference: payment.pspReference,
    reference: payment.reference,
  };
}

/** One entry of the event log (ePayment API, PaymentEvent). */
export function eventBody(reference: string, event: MerchantEvent) {
  return {
    reference,
    pspReference: event.pspReference,
    name: event.name,
    amount: wireAmount(event.currency, event.amountMinor),
    timestamp: event.at.toISOString(),
    ...(event.idempotencyKey !== null && { idempotencyKey: event.idempotencyKey }),
    success: event.success,
  };
}
