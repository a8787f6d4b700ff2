import { type Rail } from '../payments/rail.ts';

export type MerchantStatus = 'ACTIVE' | 'DEACTIVATED';

export interface SecretHashes {
  readonly clientSecretHash: Buffer;
  readonly subscriptionKeyHash: Buffer;
}

/** A sales unit of a merchant, known by its merchant serial number. Of its secrets it has hashes alone. */
export interface Merchant extends SecretHashes {
  readonly msn: string;
  readonly name: string;
  readonly status: MerchantStatus;
  readonly rail: Rail;
  readonly clientId: string;
  /** Those before the last change of credentials, while they are still good. */
  readonly formerHashes: SecretHashes | null;
  /** Customers come back to a page of ours instead of the merchant's own. */
  readonly useReturnPage: boolean;
}

/** What the merchant is known by at the acquirer and on the customer's statement. */
export interface AcquirerTerms {
  readonly acquirerMerchantId: string;
  readonly terminalId: string;
  /** Merchant category code, ISO 18245. */
  readonly categoryCode: string;
  /** At most 25 characters. */
  readonly descriptor: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}

/** What a merchant has settled about its payments, whatever the acquirer would say. */
export interface PaymentRules {
  readonly creditCardsAllowed: boolean;
  /** Of one payment, in minor units; null for no limit. */
  readonly paymentLimitMinor: bigint | null;
  /** Customers are sent through 3-D Secure when their bank asks for it; else the payment fails. */
  readonly stepUpAllowed: boolean;
}
