import { z } from 'zod';

// What merchants are answered, as tests hold the answers to it.

const amount = z
  .object({ currency: z.string(), value: z.int().describe('Minor units.') })
  .meta({ id: 'AnsweredAmount' });

const state = z.enum(['CREATED', 'AUTHORIZED', 'ABORTED', 'EXPIRED', 'TERMINATED']);

const modification = z.object({
  aggregate: z.object({
    authorizedAmount: amount,
    cancelledAmount: amount,
    capturedAmount: amount,
    refundedAmount: amount,
  }),
  amount,
  state,
  pspReference: z.uuid(),
  reference: z.string(),
});

export const modificationAnswerForm = modification.meta({ id: 'ModificationResponse' });

export const paymentAnswer = modification
  .extend({
    paymentMethod: z.object({ type: z.literal('WALLET'), cardBin: z.string().optional() }),
    profile: z.object({}),
    redirectUrl: z.string().optional(),
    metadata: z.record(z.string(), z.string()).optional(),
  })
  .meta({ id: 'PaymentResponse' });

export const eventsAnswer = z.array(
  z
    .object({
      reference: z.string(),
      pspReference: z.uuid(),
      name: z.enum([
        'CREATED',
        'ABORTED',
        'EXPIRED',
        'CANCELLED',
        'CAPTURED',
        'REFUNDED',
        'AUTHORIZED',
        'TERMINATED',
      ]),
      amount,
      timestamp: z.iso.datetime(),
      idempotencyKey: z.string().optional(),
      success: z.boolean(),
    })
    .meta({ id: 'PaymentEvent' }),
);

export const createPaymentAnswer = z
  .object({ redirectUrl: z.string().optional(), reference: z.string() })
  .meta({ id: 'CreatePaymentResponse' });

export const accessTokenAnswer = z
  .object({
    token_type: z.literal('Bearer'),
    expires_in: z.string(),
    ext_expires_in: z.string(),
    expires_on: z.string(),
    not_before: z.string(),
    resource: z.string(),
    access_token: z.string(),
  })
  .meta({ id: 'AccessTokenResponse', description: 'Every member is a string, numbers too.' });

export const gatewayRefusalAnswer = z
  .object({ statusCode: z.int(), message: z.string() })
  .meta({ id: 'GatewayRefusal' });

export const problemAnswerForm = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    traceId: z.string(),
    extraDetails: z.array(z.object({ name: z.string(), reason: z.string() })),
  })
  .meta({ id: 'Problem' });
