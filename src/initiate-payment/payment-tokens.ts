import { createHmac } from 'node:crypto';
import { deriveKey } from '../shared/derive-key.ts';
import { Secret } from '../shared/secret.ts';
import { type PspTransaction } from './psp-transaction.ts';

/**
 * The secrets of a payment. They are computed from its ids and a key of ours, so that an init that a
 * crash interrupted goes out again with the same bytes although only hashes of them are stored.
 */
export interface PaymentTokens {
  /** What Vipps proves itself with in makePayment: 256 bits, 43 characters. */
  makePaymentToken(transaction: PspTransaction): Secret<string>;
  /** What the customer's return page is found by: 256 bits, 43 characters. */
  returnToken(paymentId: string): Secret<string>;
}

/** @param accessTokenKey the secret that all copies of the service share. */
export function createPaymentTokens(accessTokenKey: Secret<string>): PaymentTokens {
  const makePaymentKey = deriveKey(accessTokenKey, 'makePayment token');
  const returnKey = deriveKey(accessTokenKey, 'return page token');
  return {
    makePaymentToken: ({ pspTransactionId, requestId }) =>
      tokenFor(makePaymentKey, `${pspTransactionId}:${requestId}`),
    returnToken: (paymentId) => tokenFor(returnKey, paymentId),
  };
}

function tokenFor(key: Secret<Buffer>, text: string): Secret<string> {
  return new Secret(createHmac('sha256', key.expose()).update(text, 'utf8').digest('base64url'));
}
