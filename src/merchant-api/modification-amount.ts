import { z } from 'zod';
import { type Currency, type Money } from '../shared/money.ts';
import { amountMaximum } from './payment-order-form.ts';
import { domainProblem, fieldProblem, type Problem } from './problem.ts';
import { type Members } from './read-members.ts';

const name = 'ModificationAmount.Currency';

export const modificationForm = z
  .object({
    modificationAmount: z.object({
      currency: z.string().describe("The payment's own."),
      value: z.int().min(0).max(amountMaximum).describe('Minor units.'),
    }),
  })
  .meta({ id: 'ModificationRequest' });

export const cancelForm = z
  .object({
    cancelTransactionOnly: z
      .boolean()
      .nullish()
      .describe('Cancels only a payment that is not authorised yet.'),
  })
  .meta({ id: 'CancelRequest' });

/**
 * The amount of a capture or a refund, in minor units (ePayment API, CaptureModificationRequest). Whether
 * it is too small or too large for the payment, or in another currency, is for the payment to say.
 */
export function readModificationAmount(members: Members): Money | Problem {
  const { success, data, error } = modificationForm.safeParse(members);
  if (success) {
    const { value, currency } = data.modificationAmount;
    return { minor: BigInt(value), currency: currency as Currency };
  }
  if (error.issues.some(({ path }) => path[1] !== 'currency')) {
    return domainProblem('4040', 'modificationAmount.value must be a whole number of minor units');
  }
  return fieldProblem([{ name, reason: `The ${name} field is required and must be a string.` }]);
}
