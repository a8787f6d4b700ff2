import { AdapterError } from '../shared/errors.ts';
import { type AcquirerTerms } from './merchant.ts';

export class MerchantInvalid extends AdapterError {
  override readonly name = 'MerchantInvalid';
  readonly code = 'MERCHANT_INVALID';
}

export const descriptorCharactersMax = 25;

interface Checked extends Partial<AcquirerTerms> {
  readonly msn: string;
  readonly name?: string;
}

/**
 * Checks what is given of a merchant; what is left out is not looked at.
 *
 * @throws {MerchantInvalid}
 */
export function checkMerchant(given: Checked): void {
  const problem = problemWith(given);
  if (problem !== undefined) throw new MerchantInvalid(problem);
}

function problemWith({ msn, name, categoryCode, country, descriptor }: Checked) {
  if (!/^\d{4,10}$/.test(msn)) return 'The merchant serial number has 4 to 10 digits';
  if (!isOfLength(name, 200)) return 'The name has 1 to 200 characters';
  if (!/^\d{4}$/.test(categoryCode ?? '0000')) return 'The merchant category code has 4 digits';
  if (!/^[A-Z]{2}$/.test(country ?? 'NO')) {
    return 'The country is two capital letters, such as NO';
  }
  if (!isOfLength(descriptor, descriptorCharactersMax)) {
    return `The descriptor has 1 to ${descriptorCharactersMax} characters`;
  }
  return undefined;
}

function isOfLength(text: string | undefined, charactersMax: number): boolean {
  return text === undefined || (text.length >= 1 && text.length <= charactersMax);
}
