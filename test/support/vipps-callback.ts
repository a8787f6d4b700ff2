import { constants, generateKeyPairSync, publicEncrypt } from 'node:crypto';
import { type Express } from 'express';
import request, { type Response } from 'supertest';
import { rails } from '../../src/payments/rail.ts';
import { type APayment } from './a-payment.ts';

/** A key pair for one test run, as the PSP would have made it. */
export const pspKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });

export interface CardTraits {
  readonly pan?: string;
  readonly expiryYymm?: string;
  readonly sessionId?: string;
}

/** Encrypts as Vipps does: RSA-OAEP with SHA-256 for label and mask, in base64. */
export function encryptCard(traits: CardTraits = {}): string {
  const { pan = '4925000000000004', expiryYymm = '3012', sessionId = 'a'.repeat(32) } = traits;
  const plaintext = Buffer.from(`${pan},${expiryYymm},${sessionId}`);
  return publicEncrypt(
    { key: pspKeys.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' },
    plaintext,
  ).toString('base64');
}

export interface Callback {
  readonly confirmed?: string;
  readonly cardData?: string | null;
  readonly msn?: string;
  readonly token?: string;
  readonly further?: Record<string, unknown>;
}

/** Calls makePayment as Vipps would after a customer's approval, or as the test has it. */
export function callMakePayment(
  app: Express,
  payment: APayment,
  callback: Callback = {},
): Promise<Response> {
  const { confirmed = 'YES', msn = payment.msn, token = payment.token, further = {} } = callback;
  const cardData =
    callback.cardData === undefined && confirmed === 'YES' ? encryptCard() : callback.cardData;
  return Promise.resolve(
    request(app)
      .post(rails['psp-v2'].makePaymentPath)
      .set('Authorization', token)
      .set('Content-Type', 'application/json;charset=UTF-8')
      .send(
        JSON.stringify({
          pspTransactionId: payment.pspTransactionId,
          merchantSerialNumber: msn,
          confirmed,
          ...(cardData === undefined ? {} : { cardData }),
          ...further,
        }),
      ),
  );
}
