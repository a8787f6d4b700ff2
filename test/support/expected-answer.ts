/** The answers of the PSP API guide, written once more by hand so that a slip in the code is seen. */
export function ok(pspTransactionId: string) {
  return { paymentInfo: { pspTransactionId, status: 'OK' } };
}

/** A step-up; the URL's token is anybody's guess. */
export function softDecline(pspTransactionId: string, url3dSecure: string) {
  return {
    errorMessage: { errorId: 1036, errorText: 'Soft Decline' },
    paymentInfo: { pspTransactionId, status: 'SOFT_DECLINE', url3dSecure },
  };
}

export function fail(pspTransactionId: string, errorId: number | string, errorText?: string) {
  return {
    errorMessage: { errorId, errorText: errorText ?? textOf(Number(errorId)) },
    paymentInfo: { pspTransactionId, status: 'FAIL' },
  };
}

const texts: Readonly<Record<number, string>> = {
  71: 'Invalid request',
  81: 'No such issuer',
  82: 'Refused by Issuer',
  83: 'Suspected fraud',
  84: 'Exceeds withdrawal amount limit',
  85: 'Response received too late',
  86: 'Expired card',
  87: 'Invalid card number (no such number)',
  88: 'Merchant does not allow credit cards',
  89: 'Insufficient funds',
  91: 'Internal error',
  92: 'Unable to decrypt',
  94: 'Unhandled soft decline',
};

function textOf(errorId: number): string {
  const text = texts[errorId];
  if (text === undefined) throw new Error(`Error id ${errorId} has no one text`);
  return text;
}
