import { z } from 'zod';
import { type Operation } from '../http/operation.ts';
import { stepUpPath } from './begin-step-up.ts';

const tag = 'For customers';
const token = z.string().describe('Unguessable: the key to the page.');
const visit = z.string().describe('This page view; what it begins, it alone may go on with.');
const notFound = { description: 'There is no such step-up', mediaType: 'text/html' };
const goesOn = { description: 'To the next page' };
const away = { description: 'To where Vipps wants the customer for how it went' };

export const stepUpOperations: readonly Operation[] = [
  {
    method: 'get',
    path: `${stepUpPath}/:token`,
    id: 'beginStepUp',
    tag,
    summary: 'What `url3dSecure` leads to: the way to the page of a step-up',
    pathParameters: z.object({ token }),
    answers: { 303: goesOn, 404: notFound },
  },
  {
    method: 'get',
    path: `${stepUpPath}/:token/:visit`,
    id: 'showStepUp',
    tag,
    summary: 'The page of a step-up',
    description: 'In Norwegian, Danish, Finnish, Swedish or English, by `Accept-Language`.',
    pathParameters: z.object({ token, visit }),
    answers: {
      200: { description: 'The page', mediaType: 'text/html' },
      303: away,
      404: notFound,
    },
  },
  {
    method: 'post',
    path: `${stepUpPath}/:token/:visit`,
    id: 'enterStepUp',
    tag,
    summary: 'Go to the bank',
    pathParameters: z.object({ token, visit }),
    answers: { 303: goesOn, 404: notFound },
  },
  {
    method: 'post',
    path: `${stepUpPath}/:token/:visit/cancel`,
    id: 'cancelStepUp',
    tag,
    summary: 'Give up',
    pathParameters: z.object({ token, visit }),
    answers: { 303: goesOn, 404: notFound },
  },
  {
    method: 'get',
    path: `${stepUpPath}/:token/:visit/on`,
    id: 'leaveStepUp',
    tag,
    summary: 'A page that leads on to the bank, or back to the app, by itself',
    pathParameters: z.object({ token, visit }),
    answers: {
      200: { description: 'The page', mediaType: 'text/html' },
      303: goesOn,
      404: notFound,
    },
  },
  ...(['get', 'post'] as const).map((method) => ({
    method,
    path: `${stepUpPath}/:token/return`,
    id: method === 'get' ? 'returnFromBank' : 'returnFromBankByPost',
    tag,
    summary: 'Where the bank sends the browser when the challenge is over',
    description: 'Asks the 3-D Secure server how it went. What the browser brings is not read.',
    pathParameters: z.object({ token }),
    answers: {
      200: { description: 'The bank is not done yet', mediaType: 'text/html' },
      303: away,
      404: notFound,
    },
  })),
];
