import { invariant } from '../shared/errors.ts';
import { type Money } from '../shared/money.ts';

/** Vipps declares amounts as int32. */
const amountMax = 2n ** 31n - 1n;

/**
 * A JSON integer in øre. An amount or a currency that Vipps would refuse is a mistake of ours by
 * now, and ends here, before any connection.
 */
export function jsonAmount(amount: Money): number {
  invariant(amount.currency === 'NOK', 'The PSP API takes amounts in NOK alone');
  invariant(
    typeof amount.minor === 'bigint' && amount.minor > 0n && amount.minor <= amountMax,
    'An amount for Vipps is at least 1 and fits into 32 bits',
  );
  return Number(amount.minor);
}
