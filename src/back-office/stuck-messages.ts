import { z } from 'zod';
import { holdsCardNumber } from '../card-data/card-number-in-text.ts';
import { wireAmount, wireMoment } from './wire.ts';

const reportKey = { paymentId: z.uuid(), sequence: z.int() };

const deadReport = z
  .object({
    ...reportKey,
    msn: z.string(),
    pspTransactionId: z.string(),
    status: z.string(),
    amount: wireAmount,
    currency: z.string(),
    refusal: z.object({ code: z.string(), message: z.string() }).describe("Vipps' own words."),
    heldBack: z.int().describe('Later reports of the payment that wait for a decision.'),
    enqueuedAt: wireMoment,
    settledAt: wireMoment.nullable(),
  })
  .meta({ id: 'DeadReport', description: 'A report that Vipps refuses by itself.' });

const openBatch = z
  .object({
    id: z.string().describe('The Request-Id at Vipps.'),
    msn: z.string(),
    lines: z.int(),
    attempts: z.int(),
    lastAnswer: z.string().nullable(),
    madeAt: wireMoment,
    nextAttemptAt: wireMoment,
    firstLines: z.array(z.object(reportKey)),
  })
  .meta({ id: 'OpenBatch', description: 'A request to Vipps that does not get through.' });

const unknownModification = z
  .object({
    paymentId: z.uuid(),
    operationId: z.string(),
    pspTransactionId: z.string(),
    msn: z.string(),
    kind: z.enum(['CAPTURE', 'CANCEL', 'REFUND']),
    amount: wireAmount,
    currency: z.string(),
    attempts: z.int(),
    lastAnswer: z.string().nullable(),
    begunAt: wireMoment,
    nextAttemptAt: wireMoment,
  })
  .meta({ id: 'UnknownModification', description: 'An operation whose outcome is not known.' });

const lateReversal = z
  .object({
    paymentId: z.uuid(),
    attempt: z.int(),
    leg: z.int(),
    pspTransactionId: z.string(),
    msn: z.string(),
    originalReference: z.string(),
    amount: wireAmount,
    currency: z.string(),
    reason: z.string(),
    attempts: z.int(),
    lastAnswer: z.string().nullable(),
    orderedAt: wireMoment,
    nextAttemptAt: wireMoment,
  })
  .meta({ id: 'LateReversal', description: 'A reversal that the acquirer does not acknowledge.' });

export const stuckQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,4}$/)
    .transform(Number)
    .refine((number) => number >= 1 && number <= 1_000, 'must be from 1 to 1000')
    .default(100)
    .describe('Of each kind; the oldest come first.'),
});

export const stuckAnswer = z
  .object({
    deadReports: z.array(deadReport),
    openBatches: z.array(openBatch),
    unknownModifications: z.array(unknownModification),
    lateReversals: z.array(lateReversal),
  })
  .meta({ id: 'Stuck' });

const reasonCharactersMax = 500;

export const decisionBody = z
  .strictObject({
    reason: z
      .string()
      .trim()
      .min(1)
      .max(reasonCharactersMax)
      .refine((text) => !text.includes('\0') && !/\p{Surrogate}/u.test(text))
      .refine((text) => !holdsCardNumber(text), 'holds what looks like a card number')
      .describe("Kept in the payment's operation log."),
  })
  .meta({ id: 'Decision' });

export const decisionAnswer = z
  .object({ result: z.enum(['RETRIED', 'DISMISSED']) })
  .meta({ id: 'DecisionAnswer' });

const sequence = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number);
const smallNumber = z
  .string()
  .regex(/^\d{1,4}$/)
  .transform(Number);

export const reportParameters = z.object({ paymentId: z.uuid(), sequence });
export const modificationParameters = z.object({
  paymentId: z.uuid(),
  operationId: z
    .string()
    .min(1)
    .max(64)
    .refine((text) => !text.includes('\0') && !/\p{Surrogate}/u.test(text)),
});
export const reversalParameters = z.object({
  paymentId: z.uuid(),
  attempt: smallNumber,
  leg: smallNumber,
});
