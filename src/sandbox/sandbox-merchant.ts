import { type Database } from '../database/database.ts';
import { createMerchant, MerchantExists } from '../merchants/create-merchant.ts';
import { createMerchantRepository } from '../merchants/merchant-repository.ts';
import { Secret } from '../shared/secret.ts';
import { type SandboxSettings } from './sandbox-settings-repository.ts';

/** Makes the sandbox's merchant with the credentials that every copy on the database tells. */
export async function ensureSandboxMerchant(
  database: Database,
  settings: SandboxSettings,
): Promise<void> {
  const { clientId, clientSecret, subscriptionKey, merchantSerialNumber } = settings;
  try {
    await createMerchant(createMerchantRepository(database.hot), {
      msn: merchantSerialNumber,
      name: 'Sandbox shop',
      credentials: {
        clientId,
        clientSecret: new Secret(clientSecret),
        subscriptionKey: new Secret(subscriptionKey),
      },
    });
  } catch (error) {
    if (!(error instanceof MerchantExists)) throw error;
  }
}
