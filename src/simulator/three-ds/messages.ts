import { z } from 'zod';

const identifier = (lengthMax: number) =>
  z.string().regex(new RegExp(`^[\\x21-\\x7e]{1,${lengthMax}}$`), 'printable ASCII');

const number = z.string().regex(/^\d{12,19}$/, '12 to 19 digits');

const card = z.looseObject({
  pan: number,
  expiry: z.string().regex(/^\d{2}(0[1-9]|1[0-2])$/, 'YYMM'),
});

const networkToken = z
  .looseObject({
    number,
    expiryMonth: z.string().regex(/^(0[1-9]|1[0-2])$/, 'a month, 01 to 12'),
    expiryYear: z.string().regex(/^20\d{2}$/, 'a year of four digits'),
  })
  .refine((token) => !('cryptogram' in token), 'the cryptogram is none of this server’s business');

/** What opens an authentication. Members not listed are accepted and ignored. */
export const authenticationMessage = z
  .object({
    reference: identifier(64),
    pspTransactionId: identifier(64),
    merchantSerialNumber: identifier(16),
    merchantName: z.string().min(1).max(200).optional(),
    amount: z.int().min(1),
    currency: z.string().regex(/^[A-Z]{3}$/, 'ISO 4217'),
    card: card.optional(),
    networkToken: networkToken.optional(),
    returnUrl: z.url({ protocol: /^https?$/ }).max(2_000),
  })
  .refine(
    (message) => (message.card === undefined) !== (message.networkToken === undefined),
    'exactly one of card and networkToken is expected',
  );

export type AuthenticationMessage = z.infer<typeof authenticationMessage>;

/** How an authentication stands. */
export const statuses = ['PENDING', 'AUTHENTICATED', 'FAILED', 'CANCELLED', 'TIMED_OUT'] as const;
export type Status = (typeof statuses)[number];

/** How it can end. */
export const endings = ['AUTHENTICATED', 'FAILED', 'CANCELLED', 'TIMED_OUT'] as const;
export type Ending = (typeof endings)[number];
