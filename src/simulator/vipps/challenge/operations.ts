import { randomInt } from 'node:crypto';
import { type Operation3DSecure, type Payment } from '../payment.ts';

/** Where the page of the step-up ends when Vipps named no place (v2 guide of 2019). */
export const fixedInterceptUrl = 'https://www.vipps.no/mobileintercept';

/** Of the page of ours that stands for the app, which takes the customer back at this address. */
export const interceptPath = '/mobileintercept';

/** The documented value for success; those for the others are not documented. */
const responseCodes = {
  '3dssuccess': 'OK',
  '3dscancel': 'cancel',
  '3dsfailure': 'failure',
} as const;

export type ResponseCode = (typeof responseCodes)[keyof typeof responseCodes];

/**
 * The places where the step-up of a payment may end. The last parameter means nothing: whoever takes
 * the address apart and puts it together again spells it otherwise, and does not get past us.
 */
export function operationsOf(publicUrl: string): readonly Operation3DSecure[] {
  const transactionId = String(randomInt(100_000_000, 1_000_000_000));
  return (['3dssuccess', '3dscancel', '3dsfailure'] as const).map((operation) => ({
    operation,
    url: `${publicUrl}${interceptPath}?transactionId=${transactionId}&responsecode=${responseCodes[operation]}&context=%7e%2f+a==`,
  }));
}

export function operationOf(responsecode: ResponseCode): Operation3DSecure['operation'] {
  if (responsecode === 'OK') return '3dssuccess';
  return responsecode === 'cancel' ? '3dscancel' : '3dsfailure';
}

/** Which end of the step-up the address is, byte for byte; undefined where it is none. */
export function endOf(
  payment: Payment,
  url: string,
): Operation3DSecure['operation'] | 'FIXED' | undefined {
  const { operations = [], sentOperations = false } = payment;
  if (!sentOperations) return url === fixedInterceptUrl ? 'FIXED' : undefined;
  return operations.find((operation) => operation.url === url)?.operation;
}
