import { type Answer, json } from '../answer.ts';

/** Vipps PSP API v2, ErrorDetails. The code is text and not always a number. */
export type ErrorDetails = {
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly errorField?: string;
  readonly developerMsg?: string;
};

/** Errors are an array even when there is one. */
export function refusal(errors: readonly ErrorDetails[], status = 400): Answer {
  return json(status, errors);
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
