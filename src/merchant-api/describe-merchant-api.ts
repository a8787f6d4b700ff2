import { z } from 'zod';
import { type DescribedAnswer, type Operation } from '../http/operation.ts';
import {
  accessTokenAnswer,
  createPaymentAnswer,
  eventsAnswer,
  gatewayRefusalAnswer,
  modificationAnswerForm,
  paymentAnswer,
  problemAnswerForm,
} from './answer-forms.ts';
import { forceApproveForm } from './force-approve-routes.ts';
import { cancelForm, modificationForm } from './modification-amount.ts';
import { paymentOrderForm, referencePattern } from './payment-order-form.ts';
import { titleOfStatus } from './problem-codes.ts';

const msn = { 'Merchant-Serial-Number': z.string().describe('The one of the access token.') };
const keyText = z.string().min(1).max(50);
const headers = z.object(msn);
const withKey = z.object({
  ...msn,
  'Idempotency-Key': keyText.describe('The same request again gets the same answer.'),
});
const withOptionalKey = z.object({ ...msn, 'Idempotency-Key': keyText.optional() });
const pathParameters = z.object({ reference: z.string().regex(referencePattern) });

const refusals = (...statuses: readonly number[]): Record<number, DescribedAnswer> =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: titleOfStatus[status] ?? 'See extraDetails for the ErrorCode',
        schema: problemAnswerForm,
        mediaType: 'application/problem+json',
      },
    ]),
  );

const gateway: Record<number, DescribedAnswer> = {
  401: { description: 'Token, key or serial number are wrong', schema: gatewayRefusalAnswer },
};
const merchantGateway: Record<number, DescribedAnswer> = {
  ...gateway,
  403: { description: 'The merchant is deactivated', schema: gatewayRefusalAnswer },
};

const common = { tag: 'For merchants', credential: 'MERCHANT' } as const;
const onePayment = '/epayment/v1/payments/:reference';

const modification = (
  verb: 'capture' | 'refund' | 'cancel',
  summary: string,
  further: Pick<Operation, 'body' | 'headers'>,
): Operation => ({
  ...common,
  ...further,
  method: 'post',
  path: `${onePayment}/${verb}`,
  id: `${verb}Payment`,
  summary,
  pathParameters,
  answers: {
    200: { description: 'The payment as it is now', schema: modificationAnswerForm },
    ...refusals(400, 404, 408, 409, 413, 415, 423, 429, 500),
    ...merchantGateway,
  },
});

/** What merchants may call, as the ePayment API has it. */
export const merchantApiOperations: readonly Operation[] = [
  {
    method: 'post',
    path: '/accesstoken/get',
    id: 'getAccessToken',
    tag: common.tag,
    summary: 'An access token for an hour',
    credential: 'MERCHANT_SECRET',
    answers: { 200: { description: 'The token', schema: accessTokenAnswer }, ...gateway },
  },
  {
    ...common,
    method: 'post',
    path: '/epayment/v1/payments',
    id: 'createPayment',
    summary: 'Begins a payment',
    description:
      'Members that nobody knows are ignored. Refused: shipping (5020), profile.scope (5030), expiresAt (5050), blockedSources (5010), minimumUserAge and QR (5070), other currencies than NOK (5040).',
    headers: withKey,
    body: { schema: paymentOrderForm, required: true },
    answers: {
      201: { description: 'Send the customer there', schema: createPaymentAnswer },
      ...refusals(400, 408, 409, 413, 415, 429, 500, 502, 503, 504),
      ...merchantGateway,
    },
  },
  {
    ...common,
    method: 'get',
    path: onePayment,
    id: 'getPayment',
    summary: 'One payment',
    headers,
    pathParameters,
    answers: {
      200: { description: 'The payment', schema: paymentAnswer },
      ...refusals(404, 429, 500),
      ...merchantGateway,
    },
  },
  {
    ...common,
    method: 'get',
    path: `${onePayment}/events`,
    id: 'getPaymentEvents',
    summary: 'What happened to a payment, oldest first',
    headers,
    pathParameters,
    answers: {
      200: { description: 'The events', schema: eventsAnswer },
      ...refusals(404, 429, 500),
      ...merchantGateway,
    },
  },
  modification('capture', 'Takes all or part of what is reserved', {
    headers: withKey,
    body: { schema: modificationForm, required: true },
  }),
  modification('refund', 'Gives all or part of what was captured back', {
    headers: withKey,
    body: { schema: modificationForm, required: true },
  }),
  modification('cancel', 'Gives a payment up, or the rest of its reservation', {
    headers: withOptionalKey,
    body: { schema: cancelForm, required: false },
  }),
];

/** Served where a payment may be approved without the app. */
export const forceApproveOperation: Operation = {
  ...common,
  method: 'post',
  path: '/epayment/v1/test/payments/:reference/approve',
  id: 'forceApprovePayment',
  summary: 'Approves a payment without the app',
  description:
    'In the sandbox and where Vipps is its test environment; elsewhere there is no such call. Payments over the PSP API v2 are refused (10060), and what Vipps refuses is 10010.',
  headers,
  pathParameters,
  body: { schema: forceApproveForm, required: true },
  answers: {
    200: { description: 'Approved; what came of it, the payment tells' },
    ...refusals(400, 404, 408, 413, 415, 429, 500, 502, 503, 504),
    ...merchantGateway,
  },
};
