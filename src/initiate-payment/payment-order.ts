import { type UserFlow } from '../payments/payment.ts';
import { type Money } from '../shared/money.ts';

/** What a merchant asks for, checked: the amount is one that Vipps takes, the URL one that it opens. */
export interface PaymentOrder {
  /** The merchant's own id, unique for the merchant. */
  readonly reference: string;
  readonly amount: Money;
  readonly userFlow: UserFlow;
  /** Where the customer goes afterwards, byte for byte; null only where nobody is redirected. */
  readonly returnUrl: string | null;
  /** Eight digits, without the country code. */
  readonly phoneNumber: string | null;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>> | null;
}
