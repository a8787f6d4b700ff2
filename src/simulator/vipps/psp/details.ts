import { type Answer, type ApiCall, envelopeError, json } from '../answer.ts';
import { type Simulation } from '../simulation.ts';
import { checkHeaders } from './check-headers.ts';
import { knows } from './version.ts';

/** `GET …/{pspTransactionId}/details`: what the nightly batch has made of the PSP's reports. */
export function details(simulation: Simulation, call: ApiCall): Answer {
  const checked = checkHeaders(simulation, call);
  if ('denied' in checked) return checked.denied;
  const payment = simulation.book.find(call.pspTransactionId);
  const isTheirs = payment?.merchantSerialNumber === checked.merchant.msn;
  if (!payment || !isTheirs || !knows(call.version, payment.version)) {
    return envelopeError(404, 'Resource not found', 'No such payment');
  }
  const { amount, capturedAmount, cancelledAmount, refundedAmount, reservationShown } = payment;
  const reserved = reservationShown || capturedAmount > 0 ? amount : 0;
  return json(200, {
    pspTransactionId: payment.pspTransactionId,
    merchantOrderId: payment.merchantOrderId,
    transactionSummary: {
      capturedAmount,
      remainingAmountToCapture: Math.max(0, reserved - capturedAmount - cancelledAmount),
      refundedAmount,
      remainingAmountToRefund: capturedAmount - refundedAmount,
    },
    transactionLogHistory: payment.log,
  });
}
