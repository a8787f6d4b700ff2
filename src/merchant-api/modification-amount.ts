import { type Currency, type Money } from '../shared/money.ts';
import { isObject } from './payment-order-fields.ts';
import { isAmount } from './payment-order-rules.ts';
import { domainProblem, fieldProblem, type Problem } from './problem.ts';
import { type Members } from './read-members.ts';

const name = 'ModificationAmount.Currency';

/**
 * The amount of a capture or a refund, in minor units (ePayment API, CaptureModificationRequest). Whether
 * it is too small or too large for the payment, or in another currency, is for the payment to say.
 */
export function readModificationAmount({ modificationAmount }: Members): Money | Problem {
  const { value, currency } = isObject(modificationAmount) ? modificationAmount : {};
  if (!isAmount(value)) {
    return domainProblem('4040', 'modificationAmount.value must be a whole number of minor units');
  }
  if (typeof currency !== 'string') {
    return fieldProblem([{ name, reason: `The ${name} field is required and must be a string.` }]);
  }
  return { minor: BigInt(value), currency: currency as Currency };
}
