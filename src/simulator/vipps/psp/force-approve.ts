import { type Answer, type ApiCall } from '../answer.ts';
import { OrderRefused } from '../make-payment/callback-order.ts';
import { makePayment } from '../make-payment/make-payment.ts';
import { type Payment } from '../payment.ts';
import { type Simulation } from '../simulation.ts';
import { checkHeaders } from './check-headers.ts';
import { type ErrorDetails, invalidRequest, refusal } from './error-details.ts';
import { type Members, readBody } from './read-body.ts';

/**
 * `POST …/integration-test/psppayments/{pspTransactionId}/approve`, v3 and test only: the customer
 * approves without the app. Answers without a body when the PSP has answered, whatever that was.
 */
export async function forceApprove(simulation: Simulation, call: ApiCall): Promise<Answer> {
  const checked = checkHeaders(simulation, call);
  if ('denied' in checked) return checked.denied;
  const body = readBody(call);
  if ('errors' in body) return refusal(call, body.errors);
  const payment = simulation.book.find(call.pspTransactionId);
  const isTheirs = payment?.merchantSerialNumber === checked.merchant.msn;
  const errors = isTheirs
    ? errorsOf(body.members, payment)
    : [invalidRequest('pspTransactionId', 'there is no such payment')];
  if (!payment || errors.length > 0) return refusal(call, errors);
  return approve(simulation, call, payment);
}

function errorsOf(members: Members, payment: Payment): readonly ErrorDetails[] {
  const { customerPhoneNumber, token } = members;
  const errors: ErrorDetails[] = [];
  if (typeof customerPhoneNumber !== 'string' || !/^\d{8}$/.test(customerPhoneNumber)) {
    errors.push(invalidRequest('customerPhoneNumber', 'must be 8 digits'));
  }
  if (token !== payment.landingToken) {
    errors.push(invalidRequest('token', "must be that of the payment's redirect URL"));
  }
  if (payment.version !== 'v3') {
    errors.push(invalidRequest('pspTransactionId', 'v2 payments cannot be approved so'));
  }
  if (payment.skipLandingPage) {
    errors.push(invalidRequest('pspTransactionId', 'skipLandingPage cannot be approved so'));
  }
  if (payment.state !== 'INITIATED') {
    errors.push(invalidRequest('pspTransactionId', 'the payment is not open'));
  }
  return errors;
}

async function approve(simulation: Simulation, call: ApiCall, payment: Payment): Promise<Answer> {
  const { pspTransactionId } = payment;
  simulation.book.change(pspTransactionId, { activated: true, userAction: 'PAY' });
  try {
    await makePayment(simulation, pspTransactionId, { confirmed: 'YES' });
    return { status: 200 };
  } catch (thrown) {
    if (!(thrown instanceof OrderRefused)) throw thrown;
    return refusal(call, [invalidRequest('pspTransactionId', thrown.message)]);
  }
}
