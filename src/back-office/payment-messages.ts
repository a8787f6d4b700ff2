import { z } from 'zod';
import { paymentTransitions, type PaymentState } from '../payments/payment-state.ts';
import { stepUpStates } from '../payments/step-up-state.ts';
import { type Cursor, readCursor } from './cursor.ts';
import { wireAmount, wireMoment } from './wire.ts';

const states = Object.keys(paymentTransitions) as [PaymentState, ...PaymentState[]];
export const paymentState = z.enum(states);

const pageLinesMax = 200;

/** A whole number in digits, as a query has it. */
const digits = (atMost: number) =>
  z
    .string()
    .regex(/^\d{1,16}$/, 'must be a whole number')
    .transform(Number)
    .refine((number) => number >= 1 && number <= atMost, `must be from 1 to ${atMost}`);

/** A date or a moment, as a query has it. */
export const queryMoment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], 'must be a date or a moment, RFC 3339')
  .transform((text) => new Date(text));

const cursor = z.string().transform((text, context): Cursor => {
  const read = readCursor(text);
  if (read !== undefined) return read;
  context.addIssue({ code: 'custom', message: 'is not one of ours' });
  return z.NEVER;
});

export const searchQuery = z.strictObject({
  reference: z
    .string()
    .regex(/^[a-zA-Z0-9-]{8,64}$/)
    .optional()
    .describe("The merchant's own."),
  pspTransactionId: z
    .string()
    .regex(/^[a-z0-9]{1,36}$/)
    .optional()
    .describe('The id at Vipps, earlier ones too.'),
  merchantOrderId: z
    .string()
    .regex(/^[a-zA-Z0-9-]{1,64}$/)
    .optional()
    .describe('The order id at Vipps.'),
  msn: z
    .string()
    .regex(/^\d{4,10}$/)
    .optional()
    .describe('Merchant serial number.'),
  amount: digits(Number.MAX_SAFE_INTEGER).optional().describe('Of the payment, in minor units.'),
  state: paymentState.optional(),
  from: queryMoment.optional().describe('Made then or later.'),
  to: queryMoment.optional().describe('Made before.'),
  lastFour: z
    .string()
    .regex(/^\d{4}$/)
    .optional()
    .describe('The last digits of the card.'),
  limit: digits(pageLinesMax).default(50).describe('Payments on a page.'),
  cursor: cursor.optional().describe('`next` of the page before.'),
});

const amounts = z
  .object({
    amount: wireAmount,
    authorised: wireAmount,
    captured: wireAmount,
    capturing: wireAmount,
    cancelled: wireAmount,
    cancelling: wireAmount,
    refunded: wireAmount,
    refunding: wireAmount,
  })
  .meta({ id: 'Amounts', description: 'What is -ing is under way, and counts as gone.' });

const summaryMembers = {
  id: z.uuid().describe('Our own key.'),
  reference: z.string().describe("The merchant's own."),
  pspTransactionId: z.string().describe('At Vipps.'),
  merchantOrderId: z.string().describe('The order at Vipps.'),
  msn: z.string(),
  state: paymentState,
  currency: z.string(),
  amounts,
  maskedPan: z.string().nullable().describe('First six and last four digits.'),
  scheme: z.string().nullable(),
  createdAt: wireMoment,
  authorisedAt: wireMoment.nullable(),
};

export const paymentSummary = z.object(summaryMembers).meta({ id: 'PaymentSummary' });

export const searchAnswer = z
  .object({
    payments: z.array(paymentSummary).describe('Newest first.'),
    next: z.string().nullable().describe('The cursor of the next page; null on the last one.'),
  })
  .meta({ id: 'PaymentPage' });

const detail = z.record(z.string(), z.unknown());
const nullable = <Schema extends z.ZodType>(schema: Schema) => schema.nullable();

const operation = z
  .object({
    sequence: z.int(),
    event: z.string(),
    amount: nullable(wireAmount),
    detail: detail.describe('Reason, answer, who did it: whatever explains the event.'),
    at: wireMoment,
  })
  .meta({ id: 'Operation', description: 'An entry of the operation log, which never changes.' });

const leg = z
  .object({
    attempt: z.int(),
    leg: z.int(),
    pspTransactionId: z.string(),
    acquirerReference: z.string(),
    openedAt: wireMoment,
    outcome: z.string().nullable(),
    responseCode: z.string().nullable(),
    reply: z
      .unknown()
      .describe(
        'What Vipps was answered, without the address of a step-up; null until there is one.',
      ),
    replyStatus: z.enum(['OK', 'FAIL', 'SOFT_DECLINE']).nullable(),
    decidedAt: wireMoment.nullable(),
    delivery: z.enum(['NONE', 'TOLD', 'NOT_TOLD']),
    deliveredAt: wireMoment.nullable(),
  })
  .meta({ id: 'Leg', description: 'One authorisation that Vipps asked for.' });

const stepUp = z
  .object({
    attempt: z.int(),
    leg: z.int().describe('The one that was soft-declined.'),
    state: z.enum(stepUpStates),
    serverReference: z.string().describe("The 3-D Secure server's own id."),
    eci: z.string().nullable().describe('Of a challenge that succeeded.'),
    threeDsTransactionId: z.string().nullable(),
    openedAt: wireMoment,
    expiresAt: wireMoment,
    enteredAt: wireMoment.nullable().describe('When the customer went on to the bank.'),
    endedAt: wireMoment.nullable(),
  })
  .meta({ id: 'StepUp', description: 'A challenge that an issuer asked for.' });

const modification = z
  .object({
    operationId: z.string(),
    kind: z.enum(['CAPTURE', 'CANCEL', 'REFUND']),
    amount: wireAmount,
    carriedOutBy: z.enum(['ADAPTER', 'ELSEWHERE']),
    state: z.enum(['UNDER_WAY', 'DONE', 'REFUSED', 'FAILED_ELSEWHERE']),
    acquirerReference: z.string().nullable(),
    responseCode: z.string().nullable(),
    rrn: z.string().nullable(),
    attempts: z.int(),
    lastAnswer: z.string().nullable(),
    nextAttemptAt: wireMoment.nullable(),
    begunAt: wireMoment,
    settledAt: wireMoment.nullable(),
  })
  .meta({ id: 'Modification', description: 'A capture, cancel or refund.' });

const reversal = z
  .object({
    attempt: z.int(),
    leg: z.int(),
    originalReference: z.string(),
    state: z.enum(['DUE', 'ACKNOWLEDGED']),
    reason: z.string(),
    attempts: z.int(),
    lastAnswer: z.string().nullable(),
    orderedAt: wireMoment,
    nextAttemptAt: wireMoment,
    acknowledgedAt: wireMoment.nullable(),
  })
  .meta({ id: 'Reversal', description: 'An authorisation that must be undone at the acquirer.' });

const report = z
  .object({
    sequence: z.int().describe('The operation that it reports.'),
    pspTransactionId: z.string(),
    status: z.enum(['RESERVED', 'CAPTURED', 'CANCELLED', 'REFUNDED']),
    amount: wireAmount,
    currency: z.string(),
    state: z
      .enum(['WAITING', 'BATCHED', 'ACCEPTED', 'DEAD', 'DISMISSED'])
      .describe(
        'ACCEPTED: Vipps could read it. Whether customers see it is for its nightly batch.',
      ),
    enqueuedAt: wireMoment,
    settledAt: wireMoment.nullable(),
    batchId: z.string().nullable().describe('The Request-Id at Vipps.'),
    tries: z.array(z.object({ attempt: z.int(), answer: z.string(), answeredAt: z.string() })),
  })
  .meta({ id: 'Report', description: 'A status update to Vipps.' });

const merchantEvent = z
  .object({
    sequence: z.int(),
    name: z.string(),
    pspReference: z.uuid(),
    amount: wireAmount,
    success: z.boolean(),
    at: wireMoment,
  })
  .meta({ id: 'MerchantEvent', description: 'What the merchant is told.' });

export const timelineAnswer = z
  .object({
    payment: z
      .object({
        ...summaryMembers,
        pspReference: z.uuid().nullable().describe("The merchant's id of the payment's beginning."),
        referenceReleased: z.boolean().describe('The merchant may use the reference again.'),
        supersededIds: z.array(
          z.object({
            pspTransactionId: z.string(),
            merchantOrderId: z.string(),
            supersededAt: wireMoment,
          }),
        ),
        merchantName: z.string(),
        merchantState: z.string().describe('What the merchant sees.'),
        why: z.string().describe('Why the payment is in this state, in a sentence.'),
        rail: z.string(),
        userFlow: z.string(),
        paymentText: z.string(),
        metadata: detail.nullable(),
        acquirerReference: z.string().nullable(),
        authorisationCode: z.string().nullable(),
        rrn: z.string().nullable(),
        responseCode: z.string().nullable(),
        expiresAt: wireMoment,
      })
      .meta({ id: 'Payment' }),
    legs: z.array(leg),
    stepUps: z.array(stepUp),
    operations: z.array(operation).describe('In the order in which they happened.'),
    modifications: z.array(modification),
    reversals: z.array(reversal),
    statusUpdates: z.array(report),
    merchantEvents: z.array(merchantEvent),
  })
  .meta({ id: 'Timeline' });
