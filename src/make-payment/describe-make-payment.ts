import { z } from 'zod';
import { type Operation } from '../http/operation.ts';
import { railNames, rails } from '../payments/rail.ts';
import { makePaymentBody } from './read-v2-request.ts';
import { makePaymentV3Body } from './read-v3-request.ts';

const paymentInfo = <Status extends 'OK' | 'FAIL' | 'SOFT_DECLINE'>(status: Status) =>
  z.object({ pspTransactionId: z.string(), status: z.literal(status) });

const errorMessage = z.object({
  errorId: z.union([z.int(), z.string()]).describe('As the deployment is set.'),
  errorText: z.string(),
});

const makePaymentAnswer = z
  .union([
    z.object({ paymentInfo: paymentInfo('OK') }),
    z.object({ errorMessage, paymentInfo: paymentInfo('FAIL') }),
    z.object({
      errorMessage,
      paymentInfo: paymentInfo('SOFT_DECLINE').extend({
        url3dSecure: z.url().describe('The page on which the customer proves who they are.'),
      }),
    }),
  ])
  .meta({ id: 'MakePaymentResponse' });

const bodies = { 'psp-v2': makePaymentBody, 'psp-v3': makePaymentV3Body } as const;

export const makePaymentOperations: readonly Operation[] = railNames.map((rail) => ({
  method: 'post',
  path: rails[rail].makePaymentPath,
  id: rail === 'psp-v2' ? 'makePayment' : 'makePaymentV3',
  tag: 'For Vipps',
  summary: 'The customer has decided: authorise the payment, or end it',
  description:
    'Called by Vipps alone (PSP API, makePayment), with the token that init gave for this payment. Answered within 13.5 seconds, each time alike.',
  credential: 'MAKE_PAYMENT_TOKEN',
  body: { schema: bodies[rail], required: true },
  answers: {
    200: { description: 'The outcome, good or bad', schema: makePaymentAnswer },
    401: { description: 'Not the token of this payment' },
    408: { description: 'The body did not arrive in time' },
    413: { description: 'The body is larger than 64 KiB' },
  },
}));
