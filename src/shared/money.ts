/** An amount in the minor unit of its currency (øre for NOK). Never a float, never negative. */
export interface Money {
  readonly minor: bigint;
  readonly currency: Currency;
}

/** ISO 4217. The PSP API knows NOK alone; the ePayment rails know more. */
export type Currency = 'NOK' | 'DKK' | 'EUR' | 'SEK' | 'USD' | 'GBP';

export function nok(minor: bigint): Money {
  return { minor, currency: 'NOK' };
}
