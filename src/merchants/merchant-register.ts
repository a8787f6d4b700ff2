import { type SecretHashes } from './merchant.ts';
import { type AcquirerTerms, type Merchant, type PaymentRules } from './merchant.ts';

/** A merchant as whoever administers it sees it: everything but its secrets. */
export interface MerchantView
  extends
    Pick<Merchant, 'msn' | 'name' | 'status' | 'rail' | 'clientId' | 'useReturnPage'>,
    AcquirerTerms,
    PaymentRules {
  readonly createdAt: Date;
  readonly changedAt: Date;
  /** While two sets of credentials are good: when the older one ends. */
  readonly formerCredentialsUntil: Date | null;
}

/** What may be changed; what is left out stays. */
export type MerchantChanges = Partial<
  Pick<Merchant, 'name' | 'status' | 'rail' | 'useReturnPage'> & AcquirerTerms & PaymentRules
>;

/** Administers merchants. Undefined where there is none with the serial number. */
export interface MerchantRegister {
  find(msn: string): Promise<MerchantView | undefined>;
  /** By serial number, those after the given one. */
  list(page: { readonly after: string; readonly limit: number }): Promise<readonly MerchantView[]>;
  change(msn: string, changes: MerchantChanges): Promise<MerchantView | undefined>;
  /** The present secrets stay good for so long beside the new ones; earlier ones end at once. */
  replaceSecrets(
    msn: string,
    secrets: SecretHashes,
    formerValidSeconds: number,
  ): Promise<MerchantView | undefined>;
}
