import { z } from 'zod';
import { keptText } from './text.ts';

export const linesMax = 10_000;
export const statusUpdatesBytesMax = 5 * 1024 * 1024;

const int32Max = 2_147_483_647;

/** One operation that was done elsewhere (Vipps PSP API v2, TransactionInfo; operationId is ours). */
export const statusLine = z
  .object({
    pspTransactionId: z
      .string()
      .regex(/^[a-z0-9]{1,36}$/)
      .describe("The payment's id at Vipps."),
    status: z
      .enum(['CAPTURED', 'CANCELLED', 'REFUNDED', 'RESERVED'])
      .describe('RESERVED is refused: reservations are not reported.'),
    amount: z
      .int()
      .min(1)
      .max(int32Max)
      .describe('Of this operation, in minor units, also of a CANCELLED.'),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .default('NOK')
      .describe("ISO 4217; the payment's own."),
    paymentText: keptText(100)
      .nullish()
      .describe("What the customer reads in the app; the payment's own text where it is left out."),
    operationStatus: z
      .enum(['SUCCESS', 'FAILED'])
      .default('SUCCESS')
      .describe('A FAILED is recorded and reported, and moves no amount.'),
    operationId: keptText(64, 1)
      .nullish()
      .describe(
        'Your name for the operation. A second operation that is equal in everything else needs one: without it the whole line is what tells operations apart.',
      ),
  })
  .meta({ id: 'StatusLine', description: 'An operation that was done elsewhere.' });

export type StatusLine = z.output<typeof statusLine>;

export const statusUpdatesBody = z
  .object({ transactions: z.array(statusLine).max(linesMax) })
  .meta({ id: 'StatusUpdates', description: "The body of Vipps' own updatestatus." });

/** The body as far as it is read at once; lines are read one by one, so that a bad one spoils no other. */
export const statusUpdatesEnvelope = z.object({ transactions: z.array(z.unknown()) });

/** Every reason for which a line is refused. A refused line left no trace. */
export const lineRefusals = {
  MALFORMED_LINE: 'The line is not of the documented form',
  RESERVED_NOT_TAKEN: 'Reservations are not reported',
  UNKNOWN_PAYMENT: 'There is no payment with this pspTransactionId',
  OTHER_CURRENCY: "The currency is not the payment's",
  NOT_AUTHORISED: 'The payment is not authorised',
  MORE_THAN_IS_LEFT: 'The amount is more than is left',
  OPERATION_ID_REUSED: 'The payment has another operation under this operationId',
  NOT_NOW: 'The line could not be recorded now; send it again',
} as const;

export type LineRefusal = keyof typeof lineRefusals;

const lineResult = z
  .object({
    index: z.int().min(0).describe('Of the line in the request, from 0.'),
    pspTransactionId: z.string().nullable().describe('As it was sent; null where it was no text.'),
    result: z
      .enum(['ACCEPTED', 'DUPLICATE', 'REFUSED'])
      .describe(
        'ACCEPTED: recorded, and on its way to Vipps. DUPLICATE: recorded before, nothing changed. REFUSED: nothing was recorded and nothing is sent.',
      ),
    error: z
      .object({
        code: z.enum(Object.keys(lineRefusals) as [LineRefusal, ...LineRefusal[]]),
        title: z.string(),
        detail: z.string().optional(),
      })
      .optional()
      .describe('Of a line that was refused.'),
  })
  .meta({ id: 'LineResult', description: 'What became of one line.' });

export type LineResult = z.output<typeof lineResult>;

export const statusUpdatesAnswer = z
  .object({ transactions: z.array(lineResult).describe('One for each line, in the order sent.') })
  .meta({ id: 'StatusUpdatesAnswer' });
