import { z } from 'zod';
import { holdsCardNumber, isCardNumber } from '../card-data/card-number-in-text.ts';

export const referencePattern = /^[a-zA-Z0-9-]{8,64}$/;

/** Minor units, both for a payment and for what is done to it. */
export const amountMaximum = 65_000_000;

const description = { charactersMin: 3, charactersMax: 100 };

export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/** Whether the database can keep the text as it is: it takes no NUL and no half of a surrogate pair. */
function isStorable(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text);
}

const isRequired = (name: string): string => `The ${name} field is required.`;
const mustBe = (name: string, what: string): string => `The field ${name} must be ${what}.`;
const unstorable = (name: string): string =>
  `The field ${name} holds a character that is not allowed.`;
export const noCardNumber = (what: string): string =>
  `${what} holds what looks like a card number, which is not taken there.`;
const cardNumberIn = (name: string): string => noCardNumber(`The field ${name}`);
const isFreeOfCards = (text: string): boolean => !holdsCardNumber(text);

/** The words for a fault: one for a member that is missing, and one for any other. */
const wanted = (name: string, otherwise: string) => ({
  error: ({ input }: { readonly input?: unknown }): string =>
    isAbsent(input) ? isRequired(name) : otherwise,
});

const oneOf = <const Words extends readonly string[]>(name: string, words: Words) =>
  z.enum(words, wanted(name, mustBe(name, `one of ${words.join(', ')}`)));

const text = (name: string) => z.string(wanted(name, mustBe(name, 'a string')));

export const wireAmountForm = z
  .object({
    currency: text('Amount.Currency').describe('NOK.'),
    value: z.int().min(0).max(amountMaximum).describe('Minor units.'),
  })
  .meta({ id: 'Amount' });

const referenceForm = `The field Reference must match the regular expression '${referencePattern.source}'.`;

const customerKeys = ['phoneNumber', 'personalQr', 'customerToken'] as const;

const customer = z
  .object(
    {
      phoneNumber: z
        .string()
        .optional()
        .describe('Eight digits, with or without 47 first. PUSH_MESSAGE needs it.'),
      personalQr: z.unknown().optional().describe('Refused with 4060.'),
      customerToken: z.unknown().optional().describe('Refused with 4050.'),
    },
    mustBe('Customer', 'an object'),
  )
  .refine(
    (given) => customerKeys.filter((key) => !isAbsent(given[key])).length <= 1,
    `The field Customer takes one of ${customerKeys.join(', ')}.`,
  );

const descriptionFault = mustBe(
  'PaymentDescription',
  `a string of between ${description.charactersMin} and ${description.charactersMax} characters`,
);

const metadata = z
  .record(
    z.string(),
    z.string('The values of the field Metadata must be strings.'),
    mustBe('Metadata', 'an object'),
  )
  .refine((given) => Object.entries(given).flat().every(isStorable), unstorable('Metadata'))
  .refine((given) => Object.entries(given).flat().every(isFreeOfCards), cardNumberIn('Metadata'));

/**
 * The form of a payment order, each fault in the words of the ePayment API (create payment, schema).
 * What has an error code of its own is for the rules that come after.
 */
export const paymentOrderForm = z
  .object({
    reference: z
      .string(wanted('Reference', referenceForm))
      .regex(referencePattern, referenceForm)
      .refine((given) => !isCardNumber(given), cardNumberIn('Reference'))
      .describe('Yours, and unique among your payments.'),
    userFlow: oneOf('UserFlow', ['WEB_REDIRECT', 'NATIVE_REDIRECT', 'PUSH_MESSAGE', 'QR']).describe(
      'QR is refused with 5070.',
    ),
    paymentMethod: z.object(
      {
        type: oneOf('PaymentMethod.Type', ['WALLET', 'CARD', 'CARD_PASSTHROUGH']).describe(
          'WALLET; the others are refused with 4160.',
        ),
      },
      wanted('PaymentMethod', mustBe('PaymentMethod', 'an object')),
    ),
    amount: wireAmountForm,
    customer: customer.nullish(),
    returnUrl: text('ReturnUrl')
      .refine(isFreeOfCards, cardNumberIn('ReturnUrl'))
      .nullish()
      .describe('Where the customer comes back to; PUSH_MESSAGE does without.'),
    paymentDescription: z
      .string(descriptionFault)
      .min(description.charactersMin, descriptionFault)
      .max(description.charactersMax, descriptionFault)
      .refine(isStorable, unstorable('PaymentDescription'))
      .refine(isFreeOfCards, cardNumberIn('PaymentDescription'))
      .nullish()
      .describe('What the customer reads in the app.'),
    metadata: metadata.nullish().describe('At most five entries.'),
    profile: z.object({}, mustBe('Profile', 'an object')).nullish(),
  })
  .meta({ id: 'CreatePaymentRequest' });
