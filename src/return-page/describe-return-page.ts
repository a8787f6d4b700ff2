import { z } from 'zod';
import { type Operation } from '../http/operation.ts';
import { returnPath } from './return-page-url.ts';

const tag = 'For customers';
const pathParameters = z.object({
  token: z.string().describe('Unguessable: the key to the page.'),
});

export const returnOperations: readonly Operation[] = [
  {
    method: 'get',
    path: `${returnPath}/:token`,
    id: 'showReturnPage',
    tag,
    summary: 'The page that a customer comes back to',
    pathParameters,
    answers: {
      200: { description: 'Pending, paid or failed', mediaType: 'text/html' },
      404: { description: 'No payment has this token', mediaType: 'text/html' },
    },
  },
  {
    method: 'get',
    path: `${returnPath}/:token/status`,
    id: 'getReturnStatus',
    tag,
    summary: 'The same for the page itself',
    pathParameters,
    answers: {
      200: { description: 'How the payment stands', schema: z.object({ status: z.string() }) },
      404: { description: 'No payment has this token', schema: z.object({ status: z.string() }) },
    },
  },
];
