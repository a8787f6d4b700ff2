import { type Express } from 'express';
import request, { type Response } from 'supertest';
import { type Rail, rails } from '../../src/payments/rail.ts';
import { type APayment } from './a-payment.ts';
import { type Expected, type Incoming, saysCancel, saysNo } from './decision-table.ts';
import { encryptCard } from './vipps-callback.ts';

/** How one version of the PSP API writes the calls of the decision table. */
export interface MakePaymentVersion {
  readonly name: string;
  readonly rail: Rail;
  readonly path: string;
  body(payment: APayment, incoming: Incoming): object;
  /** What is answered where this version has no word of its own for what the table says. */
  expected(answer: Expected): Expected;
}

/** Where Vipps wants the customer after a step-up; each with a query that nobody may touch. */
export const operations = [
  ['3dssuccess', 'OK'],
  ['3dscancel', 'cancel'],
  ['3dsfailure', 'failed%20twice'],
].map(([operation = '', code = '']) => ({
  operation,
  url: `https://vipps.no/mobileintercept?transactionId=123456789&responsecode=${code}`,
}));

export const v2: MakePaymentVersion = {
  name: 'v2',
  rail: 'psp-v2',
  path: rails['psp-v2'].makePaymentPath,
  body: (payment, incoming) => ({
    pspTransactionId: payment.pspTransactionId,
    merchantSerialNumber: incoming === 'OTHER_MSN' ? '654321' : payment.msn,
    confirmed: v2States[incoming] ?? 'YES',
    ...cardOf(incoming),
    operations,
  }),
  expected: (answer) => answer,
};

const v2States: Partial<Record<Incoming, string>> = {
  CANCEL: 'CANCEL',
  TIMEOUT: 'TIMEOUT',
  NO: 'NO',
  UNKNOWN_STATE: 'MAYBE',
};

function cardOf(incoming: Incoming): object {
  if (incoming === 'UNDECRYPTABLE') return { cardData: undecryptable };
  return withCard.includes(incoming) ? { cardData: encryptCard() } : {};
}

const undecryptable = Buffer.alloc(256, 7).toString('base64');

const withCard: readonly Incoming[] = ['CONFIRMED', 'OTHER_MSN', 'WRONG_TOKEN', 'NO_TOKEN'];

/** One of Vipps' published test tokens (PSP API v3, magic amounts). */
export const testToken = {
  number: '4895370013193500',
  cryptogram: 'AlhlvxmN2ZKuAAESNFZ4GoABFA==',
  expiryMonth: '03',
  expiryYear: '2030',
  tokenType: 'VISA',
  eci: '07',
};

export const v3: MakePaymentVersion = {
  name: 'v3',
  rail: 'psp-v3',
  path: rails['psp-v3'].makePaymentPath,
  body: (payment, incoming) => ({
    pspTransactionId: payment.pspTransactionId,
    merchantSerialNumber: incoming === 'OTHER_MSN' ? '654321' : payment.msn,
    paymentState: v3States[incoming] ?? 'ACCEPTED',
    paymentInstrument: incoming === 'UNDECRYPTABLE' ? 'ENCRYPTEDCARD' : 'TOKEN',
    binNumber: '492556',
    networkToken: withCard.includes(incoming) ? testToken : null,
    cardData: incoming === 'UNDECRYPTABLE' ? undecryptable : null,
    operations,
  }),
  expected: (answer) => (answer === saysNo ? saysCancel : answer),
};

/** v3 has no NO: what broke on Vipps' side is a USER_CANCEL, too. */
const v3States: Partial<Record<Incoming, string>> = {
  CANCEL: 'USER_CANCEL',
  TIMEOUT: 'TIMEOUT',
  NO: 'USER_CANCEL',
  UNKNOWN_STATE: 'MAYBE',
};

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
