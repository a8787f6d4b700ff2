import { z } from 'zod';

/**
 * The messages of the acquirer's HTTP interface, in ISO 8583 terms. Members that are not named here
 * are accepted and kept out of the books: an acquirer carries more (merchant data, exemption flags)
 * than this one looks at.
 */
export const amountMinorMax = 999_999_999_999;

const identifier = (lengthMax: number) =>
  z
    .string()
    .min(1)
    .max(lengthMax)
    .regex(/^[\x21-\x7e]+$/, 'printable ASCII without spaces');

const money = {
  amount: z.int().min(1).max(amountMinorMax),
  currency: z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code of three capitals'),
};

const card = z.looseObject({
  pan: z.string().regex(/^\d{12,19}$/, '12 to 19 digits'),
  expiry: z.string().regex(/^\d{2}(0[1-9]|1[0-2])$/, 'YYMM'),
});

const networkToken = z.looseObject({
  number: z.string().regex(/^\d{12,19}$/, '12 to 19 digits'),
  cryptogram: z.string().min(1).max(64),
  expiryMonth: z.string().regex(/^(0?[1-9]|1[0-2])$/, 'a month, 01 to 12'),
  expiryYear: z.string().regex(/^(20)?\d{2}$/, 'a year of two or four digits'),
  tokenType: z.string().min(1).max(32),
  eci: z.string().max(2).nullish(),
});

const exactlyOneCard = (message: { card?: unknown; networkToken?: unknown }): boolean =>
  (message.card === undefined) !== (message.networkToken === undefined);

/** `threeDs` is whatever the challenge gave (ECI, CAVV, transaction id): only its presence counts. */
export const authorisationMessage = z
  .looseObject({
    reference: identifier(64),
    pspTransactionId: identifier(64),
    merchantSerialNumber: identifier(16),
    ...money,
    card: card.optional(),
    networkToken: networkToken.optional(),
    threeDs: z.looseObject({}).optional(),
  })
  .refine(exactlyOneCard, 'exactly one of card and networkToken is expected');

export const modificationMessage = z.looseObject({
  reference: identifier(64),
  originalReference: identifier(64),
  pspTransactionId: identifier(64),
  ...money,
});

export const reversalMessage = z.looseObject({
  reference: identifier(64),
  originalReference: identifier(64),
  pspTransactionId: identifier(64),
});

export type AuthorisationMessage = z.infer<typeof authorisationMessage>;
export type ModificationMessage = z.infer<typeof modificationMessage>;
export type ReversalMessage = z.infer<typeof reversalMessage>;

/** The answer to an authorisation, a capture, a void or a refund. */
export type TransactionAnswer = {
  readonly reference: string;
  readonly approved: boolean;
  readonly responseCode: string;
  readonly amount: number;
  readonly currency: string;
  readonly authorisationCode?: string;
  readonly rrn?: string;
};

/**
 * The answer to a reversal. `acknowledged` false means that it was refused (the authorisation has
 * been captured, or belongs to another payment); `found` false that nothing was there to reverse.
 */
export type ReversalAnswer = {
  readonly reference: string;
  readonly acknowledged: boolean;
  readonly found: boolean;
};
