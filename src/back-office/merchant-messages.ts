import { z } from 'zod';
import { keptText } from './text.ts';
import { wireAmount, wireMoment } from './wire.ts';

const text = (charactersMax: number) => keptText(charactersMax, 1);

const int32Max = 2_147_483_647;

const msn = z
  .string()
  .regex(/^\d{4,10}$/, 'must have 4 to 10 digits')
  .describe('Merchant serial number at Vipps.');

const members = {
  name: text(200),
  rail: z
    .enum(['psp-v2', 'psp-v3'])
    .describe('The protocol with Vipps that new payments are begun on; others stay on theirs.'),
  useReturnPage: z.boolean().describe('Customers come back to a page of the adapter.'),
  creditCardsAllowed: z
    .boolean()
    .describe('Where false, a card known to be a credit card is answered 88.'),
  paymentLimit: z
    .int()
    .min(1)
    .max(int32Max)
    .nullable()
    .describe('A payment of more, in minor units, is answered 84; null for no limit.'),
  stepUpAllowed: z
    .boolean()
    .describe('Where false, a soft decline is answered 94, and no customer sees 3-D Secure.'),
  acquirerMerchantId: text(64).describe('At the acquirer.'),
  terminalId: text(64).describe('At the acquirer.'),
  categoryCode: z
    .string()
    .regex(/^\d{4}$/, 'must have 4 digits')
    .describe('Merchant category code, ISO 18245.'),
  descriptor: text(25).describe("On the customer's statement."),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be two capital letters')
    .describe('ISO 3166-1 alpha-2.'),
} as const;

const changes = z.strictObject(members).partial();

export const newMerchantBody = z
  .strictObject({ msn, ...changes.shape, name: members.name })
  .meta({ id: 'NewMerchant' });

export const merchantChangesBody = changes.meta({
  id: 'MerchantChanges',
  description: 'What is left out stays as it is. Payments under way go on under the rules of now.',
});

export type MerchantBody = z.output<typeof changes>;

export const merchantParameters = z.object({ msn });

export const merchantsQuery = z.strictObject({
  after: z
    .string()
    .regex(/^\d{4,10}$/)
    .optional()
    .describe('`next` of the page before.'),
  limit: z
    .string()
    .regex(/^\d{1,4}$/)
    .transform(Number)
    .refine((number) => number >= 1 && number <= 1_000, 'must be from 1 to 1000')
    .default(100)
    .describe('Merchants on a page.'),
});

export const merchantAnswer = z
  .object({
    msn: z.string(),
    status: z.enum(['ACTIVE', 'DEACTIVATED']),
    clientId: z.string(),
    ...members,
    paymentLimit: wireAmount.nullable(),
    createdAt: wireMoment,
    changedAt: wireMoment,
    formerCredentialsUntil: wireMoment
      .nullable()
      .describe('While two sets of credentials are good: when the older one ends.'),
  })
  .meta({ id: 'Merchant' });

export const merchantsAnswer = z
  .object({
    merchants: z.array(merchantAnswer).describe('By serial number.'),
    next: z.string().nullable().describe('Where the next page begins; null on the last one.'),
  })
  .meta({ id: 'MerchantPage' });

const credentials = z
  .object({
    clientId: z.string(),
    clientSecret: z.string(),
    subscriptionKey: z.string().describe('Ocp-Apim-Subscription-Key.'),
  })
  .meta({ id: 'Credentials', description: 'Shown this once: only hashes of them are kept.' });

export const credentialsAnswer = z
  .object({ merchant: merchantAnswer, credentials })
  .meta({ id: 'MerchantWithCredentials' });

const formerValidSecondsMax = 30 * 86_400;

export const rotationBody = z
  .strictObject({
    formerValidSeconds: z
      .int()
      .min(0)
      .max(formerValidSecondsMax)
      .default(0)
      .describe(
        'For how long the present credentials stay good beside the new ones. 0, as when they leaked, ends them at once.',
      ),
  })
  .meta({ id: 'Rotation' });
