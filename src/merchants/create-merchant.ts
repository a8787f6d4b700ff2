import { type Rail } from '../payments/rail.ts';
import { AdapterError } from '../shared/errors.ts';
import { checkMerchant, descriptorCharactersMax } from './check-merchant.ts';
import { hashOfSecret, makeCredentials, type MerchantCredentials } from './credentials.ts';
import { type MerchantRepository } from './merchant-repository.ts';
import { type AcquirerTerms, type PaymentRules } from './merchant.ts';

export interface MerchantOrder extends Partial<AcquirerTerms>, Partial<PaymentRules> {
  readonly msn: string;
  readonly name: string;
  readonly useReturnPage?: boolean;
  readonly rail?: Rail;
  /** The sandbox brings its own, so that every copy on one database writes the same. */
  readonly credentials?: MerchantCredentials;
}

export class MerchantExists extends AdapterError {
  override readonly name = 'MerchantExists';
  readonly code = 'MERCHANT_EXISTS';
}

/**
 * Makes a merchant, and credentials that cannot be had again later.
 *
 * @throws {MerchantInvalid} {@link MerchantExists}
 */
export async function createMerchant(
  merchants: Pick<MerchantRepository, 'add'>,
  order: MerchantOrder,
): Promise<MerchantCredentials> {
  const terms = termsOf(order);
  checkMerchant({ ...order, ...terms });
  const credentials = order.credentials ?? makeCredentials();
  const added = await merchants.add({
    ...terms,
    msn: order.msn,
    name: order.name,
    status: 'ACTIVE',
    rail: order.rail ?? 'psp-v2',
    clientId: credentials.clientId,
    clientSecretHash: hashOfSecret(credentials.clientSecret),
    subscriptionKeyHash: hashOfSecret(credentials.subscriptionKey),
    useReturnPage: order.useReturnPage ?? false,
    creditCardsAllowed: order.creditCardsAllowed ?? true,
    paymentLimitMinor: order.paymentLimitMinor ?? null,
    stepUpAllowed: order.stepUpAllowed ?? true,
  });
  if (!added) {
    throw new MerchantExists(`There is a merchant with the serial number ${order.msn} already`);
  }
  return credentials;
}

function termsOf(order: MerchantOrder): AcquirerTerms {
  return {
    acquirerMerchantId: order.acquirerMerchantId ?? order.msn,
    terminalId: order.terminalId ?? '00000001',
    // Miscellaneous and speciality retail shops.
    categoryCode: order.categoryCode ?? '5999',
    descriptor: order.descriptor ?? order.name.slice(0, descriptorCharactersMax),
    country: order.country ?? 'NO',
  };
}
