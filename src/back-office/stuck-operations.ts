import { type z } from 'zod';
import { type Operation } from '../http/operation.ts';
import { refusalsOf } from './described.ts';
import {
  decisionAnswer,
  decisionBody,
  modificationParameters,
  reportParameters,
  reversalParameters,
  stuckAnswer,
  stuckQuery,
} from './stuck-messages.ts';

export const stuckPath = '/back-office/v1/stuck';
export const reportPath = `${stuckPath}/status-updates/:paymentId/:sequence`;
export const modificationPath = `${stuckPath}/modifications/:paymentId/:operationId`;
export const reversalPath = `${stuckPath}/reversals/:paymentId/:attempt/:leg`;

const common = { tag: 'What is stuck', credential: 'BACK_OFFICE_TOKEN' } as const;

interface Deed {
  readonly id: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly pathParameters: z.ZodObject;
}

const decision = (deed: Deed): Operation => ({
  ...common,
  ...deed,
  method: 'post',
  body: { schema: decisionBody, required: true },
  answers: {
    200: { description: 'Done, and on record', schema: decisionAnswer },
    ...refusalsOf(400, 401, 404, 408, 409, 413, 415),
  },
});

export const stuckOperations: readonly Operation[] = [
  {
    ...common,
    method: 'get',
    path: stuckPath,
    id: 'listStuck',
    summary: 'What does not go on by itself',
    description:
      'Reports that Vipps refuses by themselves; requests to Vipps that it has refused as a whole, or that are ten minutes old; operations that the acquirer left without an answer, or that are a minute old; reversals that are a day old or were tried five times.',
    query: stuckQuery,
    answers: {
      200: { description: 'What is stuck', schema: stuckAnswer },
      ...refusalsOf(400, 401),
    },
  },
  decision({
    id: 'retryReport',
    path: `${reportPath}/retry`,
    summary: 'Sends a report to Vipps again',
    description: 'A dead one anew, with those that it held back; one that is being repeated, now.',
    pathParameters: reportParameters,
  }),
  decision({
    id: 'dismissReport',
    path: `${reportPath}/dismiss`,
    summary: 'Gives a report to Vipps up',
    description:
      'Vipps is not told of the operation, for good; later reports of the payment go on.',
    pathParameters: reportParameters,
  }),
  decision({
    id: 'retryModification',
    path: `${modificationPath}/retry`,
    summary: 'Asks the acquirer again now',
    description:
      'Under the same key, so that nothing is done twice. It cannot be dismissed: only the acquirer knows the outcome.',
    pathParameters: modificationParameters,
  }),
  decision({
    id: 'retryReversal',
    path: `${reversalPath}/retry`,
    summary: 'Sends a reversal again now',
    description: "It cannot be dismissed: the issuer may be holding the customer's money.",
    pathParameters: reversalParameters,
  }),
];
