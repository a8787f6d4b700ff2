import { randomUUID } from 'node:crypto';
import { type Answer, type ApiCall, json } from '../answer.ts';

/** Vipps PSP API, ErrorDetails. The code is text and not always a number; v3 has no further members. */
export type ErrorDetails = {
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly errorField?: string;
  readonly developerMsg?: string;
  readonly contextId?: string;
};

/**
 * Errors are an array even when there is one. v2 may name the field and explain; v3 has the id of
 * the call at Vipps in their place.
 */
export function refusal({ version }: ApiCall, errors: readonly ErrorDetails[]): Answer {
  const problems = errors.map(({ errorCode, errorMessage, errorField, developerMsg }) =>
    [errorCode, errorMessage, errorField, developerMsg].filter(Boolean).join(' '),
  );
  return { ...json(400, version === 'v2' ? errors : withContextId(errors)), problems };
}

function withContextId(errors: readonly ErrorDetails[]): readonly ErrorDetails[] {
  const contextId = randomUUID();
  return errors.map(({ errorCode, errorMessage }) => ({ errorCode, errorMessage, contextId }));
}

export function invalidRequest(errorField: string, developerMsg: string): ErrorDetails {
  return { errorCode: '51', errorMessage: 'Invalid request', errorField, developerMsg };
}

export function invalidMsn(msn: string): ErrorDetails {
  return {
    errorCode: 'merchantSerialNumber',
    errorMessage: `Invalid MSN: ${msn}. This MSN is not valid for the provided PSP id. Check that you are using the correct credentials for the right environment.`,
    errorField: 'Merchant-Serial-Number',
  };
}

/** The documented codes whose text never varies (Vipps PSP API, error codes). */
export const documentedErrors = {
  merchantNotActive: { errorCode: '21', errorMessage: 'Merchant not available or active' },
  merchantBlocked: {
    errorCode: '37',
    errorMessage: 'Merchant not available or deactivated or blocked',
  },
  wrongPaymentModel: { errorCode: '42', errorMessage: 'Invalid payment model type' },
  transactionExists: { errorCode: '44', errorMessage: 'PSP Transaction ID already exists' },
  transactionExistsBefore2022: {
    errorCode: '99',
    errorMessage: 'PSP Transaction id already exists in Vipps',
  },
  redirectUrl: {
    errorCode: '51',
    errorMessage: 'Invalid pspRedirectUrl',
    errorField: 'pspRedirectUrl',
  },
  orderExists: { errorCode: '99', errorMessage: 'OrderId already exists' },
  amount: { errorCode: 'amount', errorMessage: 'amount.less.than.one', errorField: 'amount' },
  currency: {
    errorCode: 'currency',
    errorMessage: 'transaction.currency.invalid',
    errorField: 'currency',
  },
  makePaymentUrl: {
    errorCode: 'makePaymentUrl',
    errorMessage: 'Invalid makePaymentUrl',
    errorField: 'makePaymentUrl',
  },
} as const satisfies Record<string, ErrorDetails>;
