import { type Express } from 'express';
import request, { type Response } from 'supertest';
import { rails } from '../../src/payments/rail.ts';
import { type APayment } from './a-payment.ts';
import { type Incoming } from './decision-table.ts';
import { encryptCard } from './vipps-callback.ts';

/** How one version of the PSP API writes the calls of the decision table. */
export interface MakePaymentVersion {
  readonly name: string;
  readonly path: string;
  body(payment: APayment, incoming: Incoming): object;
}

const states: Partial<Record<Incoming, string>> = {
  CANCEL: 'CANCEL',
  TIMEOUT: 'TIMEOUT',
  NO: 'NO',
  UNKNOWN_STATE: 'MAYBE',
};

export const v2: MakePaymentVersion = {
  name: 'v2',
  path: rails['psp-v2'].makePaymentPath,
  body: (payment, incoming) => ({
    pspTransactionId: payment.pspTransactionId,
    merchantSerialNumber: incoming === 'OTHER_MSN' ? '654321' : payment.msn,
    confirmed: states[incoming] ?? 'YES',
    ...cardOf(incoming),
  }),
};

function cardOf(incoming: Incoming): object {
  if (incoming === 'UNDECRYPTABLE') return { cardData: Buffer.alloc(256, 7).toString('base64') };
  const withCard: readonly Incoming[] = ['CONFIRMED', 'OTHER_MSN', 'WRONG_TOKEN', 'NO_TOKEN'];
  return withCard.includes(incoming) ? { cardData: encryptCard() } : {};
}

/** Calls as Vipps would, with the token that goes with the kind of call. */
export function callAs(
  version: MakePaymentVersion,
  app: Express,
  payment: APayment,
  incoming: Incoming,
): Promise<Response> {
  const call = request(app)
    .post(version.path)
    .set('Content-Type', 'application/json;charset=UTF-8');
  if (incoming === 'WRONG_TOKEN') void call.set('Authorization', `${payment.token}x`);
  else if (incoming !== 'NO_TOKEN') void call.set('Authorization', payment.token);
  return Promise.resolve(call.send(JSON.stringify(version.body(payment, incoming))));
}
