import { bin, type PaymentCard } from './payment-card.ts';

export type CardScheme = 'VISA' | 'MASTERCARD' | 'DANKORT' | 'AMEX' | 'MAESTRO' | 'OTHER';

/**
 * First six digits, from and to, inclusive; the first line that fits counts. Visa, Mastercard and
 * American Express as ISO/IEC 7812 registers them; Mastercard's second range since 2017. 5019 is
 * the plain Dankort. 4571, the Visa/Dankort, is a Visa here: it is as Visa that it comes through a
 * wallet. Maestro is what Mastercard publishes as its debit ranges; the 6 series is shared with
 * others, so that only the ranges that are Maestro alone are listed.
 */
const ranges: readonly (readonly [from: number, to: number, scheme: CardScheme])[] = [
  [400000, 499999, 'VISA'],
  [510000, 559999, 'MASTERCARD'],
  [222100, 272099, 'MASTERCARD'],
  [501900, 501999, 'DANKORT'],
  [340000, 349999, 'AMEX'],
  [370000, 379999, 'AMEX'],
  [500000, 509999, 'MAESTRO'],
  [560000, 589999, 'MAESTRO'],
  [630400, 630499, 'MAESTRO'],
  [639000, 639099, 'MAESTRO'],
  [670000, 679999, 'MAESTRO'],
];

/** The scheme whose tables of response codes apply to this card. */
export function schemeOf(card: PaymentCard): CardScheme {
  return schemeOfBin(bin(card));
}

/** The same for the first six digits alone. */
export function schemeOfBin(sixDigits: string): CardScheme {
  const number = Number(sixDigits.slice(0, 6));
  const range = ranges.find(([from, to]) => from <= number && number <= to);
  return range?.[2] ?? 'OTHER';
}
