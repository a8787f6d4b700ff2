import { AdapterError } from '../shared/errors.ts';
import { checkMerchant } from './check-merchant.ts';
import {
  type MerchantChanges,
  type MerchantRegister,
  type MerchantView,
} from './merchant-register.ts';

export class NoSuchMerchant extends AdapterError {
  override readonly name = 'NoSuchMerchant';
  readonly code = 'NO_SUCH_MERCHANT';
}

/**
 * Changes what is given and leaves the rest. Payments that are under way keep their rail and go on
 * under the other rules of now.
 *
 * @throws {MerchantInvalid} {@link NoSuchMerchant}
 */
export async function changeMerchant(
  register: Pick<MerchantRegister, 'change'>,
  msn: string,
  changes: MerchantChanges,
): Promise<MerchantView> {
  checkMerchant({ msn, ...changes });
  const merchant = await register.change(msn, changes);
  if (!merchant) throw new NoSuchMerchant(`There is no merchant with the serial number ${msn}`);
  return merchant;
}
