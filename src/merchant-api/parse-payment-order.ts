import { type PaymentOrder } from '../initiate-payment/payment-order.ts';
import { type UserFlow } from '../payments/payment.ts';
import { nok } from '../shared/money.ts';
import { fieldFaults, isObject } from './payment-order-fields.ts';
import { brokenRule, norwegianNumber, type OrderRules } from './payment-order-rules.ts';
import { fieldProblem, type Problem } from './problem.ts';
import { type Members } from './read-members.ts';

export type ParsedOrder =
  | { readonly ok: true; readonly order: PaymentOrder }
  | { readonly ok: false; readonly problem: Problem };

/**
 * Reads the body of create payment: first the form of its members, all faults at once, then the
 * rules in order. Members that nobody knows are ignored (ePayment API, CreatePaymentRequest).
 */
export function parsePaymentOrder(members: Members, rules: OrderRules): ParsedOrder {
  const faults = fieldFaults(members);
  if (faults.length > 0) return { ok: false, problem: fieldProblem(faults) };
  const problem = brokenRule(members, rules);
  if (problem !== undefined) return { ok: false, problem };
  return { ok: true, order: orderOf(members) };
}

function orderOf(members: Members): PaymentOrder {
  const { amount, customer, returnUrl, paymentDescription, metadata } = members;
  return {
    reference: String(members['reference']),
    amount: nok(BigInt((amount as { value: number }).value)),
    userFlow: members['userFlow'] as UserFlow,
    returnUrl: typeof returnUrl === 'string' ? returnUrl : null,
    phoneNumber: isObject(customer) ? (norwegianNumber(customer['phoneNumber']) ?? null) : null,
    description: typeof paymentDescription === 'string' ? paymentDescription : null,
    metadata: isObject(metadata) ? (metadata as Readonly<Record<string, string>>) : null,
  };
}
