import { AdapterError } from '../shared/errors.ts';
import { hashOfSecret, makeCredentials, type MerchantCredentials } from './credentials.ts';
import { type MerchantRepository } from './merchant-repository.ts';
import { type AcquirerTerms, type PaymentRules } from './merchant.ts';

export interface MerchantOrder extends Partial<AcquirerTerms>, Partial<PaymentRules> {
  readonly msn: string;
  readonly name: string;
  readonly useReturnPage?: boolean;
  /** The sandbox brings its own, so that every copy on one database writes the same. */
  readonly credentials?: MerchantCredentials;
}

export class MerchantExists extends AdapterError {
  override readonly name = 'MerchantExists';
  readonly code = 'MERCHANT_EXISTS';
}

export class MerchantInvalid extends AdapterError {
  override readonly name = 'MerchantInvalid';
  readonly code = 'MERCHANT_INVALID';
}

const descriptorCharactersMax = 25;

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
  const problem = problemWith({ ...order, ...terms });
  if (problem !== undefined) throw new MerchantInvalid(problem);
  const credentials = order.credentials ?? makeCredentials();
  const added = await merchants.add({
    ...terms,
    msn: order.msn,
    name: order.name,
    status: 'ACTIVE',
    rail: 'psp-v2',
    clientId: credentials.clientId,
    clientSecretHash: hashOfSecret(credentials.clientSecret),
    subscriptionKeyHash: hashOfSecret(credentials.subscriptionKey),
    useReturnPage: order.useReturnPage ?? false,
    creditCardsAllowed: order.creditCardsAllowed ?? true,
    paymentLimitMinor: order.paymentLimitMinor ?? null,
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

function problemWith(order: MerchantOrder & AcquirerTerms): string | undefined {
  if (!/^\d{4,10}$/.test(order.msn)) return 'The merchant serial number has 4 to 10 digits';
  if (order.name.length < 1 || order.name.length > 200) return 'The name has 1 to 200 characters';
  if (!/^\d{4}$/.test(order.categoryCode)) return 'The merchant category code has 4 digits';
  if (!/^[A-Z]{2}$/.test(order.country)) return 'The country is two capital letters, such as NO';
  if (order.descriptor.length < 1 || order.descriptor.length > descriptorCharactersMax) {
    return `The descriptor has 1 to ${descriptorCharactersMax} characters`;
  }
  return undefined;
}
