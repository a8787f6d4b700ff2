import { z } from 'zod';
import { type Operation } from './operation.ts';

const tag = 'Health';

export const healthOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/health',
    id: 'getHealth',
    tag,
    summary: 'Whether the process answers',
    answers: { 200: { description: 'It does', schema: z.object({ status: z.literal('up') }) } },
  },
  {
    method: 'get',
    path: '/ready',
    id: 'getReadiness',
    tag,
    summary: 'Whether it can do its work',
    answers: {
      200: { description: 'It can', schema: z.object({ status: z.literal('ready') }) },
      503: {
        description: 'It lacks something',
        schema: z.object({ status: z.literal('not ready'), missing: z.array(z.string()) }),
      },
    },
  },
];
