import { type Express } from 'express';
import { type Response } from 'supertest';
import { type Database } from '../../src/database/database.ts';
import { type APayment, aPayment, type PaymentTraits } from './a-payment.ts';
import { aStepUpOf } from './a-step-up-session.ts';
import { endStepUp } from './a-step-up.ts';
import { callAs, type MakePaymentVersion, v2, v3 } from './make-payment-version.ts';

/** A call with a card that the acquirer is asked about: a payment's first, or the one after its step-up. */
export interface Leg {
  readonly name: string;
  readonly number: 1 | 2;
  readonly version: MakePaymentVersion;
  /** A payment for which this call comes next. */
  payment(database: Database, traits?: PaymentTraits): Promise<APayment>;
  call(app: Express, payment: APayment): Promise<Response>;
  /** What the acquirer knows the authorisation by. */
  reference(payment: APayment): string;
}

/** What must hold for every call with a card, whichever version of the API and whichever leg it is. */
export const legs: readonly Leg[] = [v2, v3].flatMap((version) =>
  ([1, 2] as const).map((number) => ({
    name: `${version.name}, leg ${number}`,
    number,
    version,
    payment: (database, traits) =>
      number === 1
        ? aPayment(database, { rail: version.rail, ...traits })
        : anIdentifiedPayment(database, { rail: version.rail, ...traits }),
    call: (app, payment) => callAs(version, app, payment, 'CONFIRMED'),
    reference: ({ pspTransactionId }) => `${pspTransactionId}-a${number}`,
  })),
);

/** It was soft-declined, and the customer has been identified since. */
async function anIdentifiedPayment(database: Database, traits: PaymentTraits): Promise<APayment> {
  const payment = await aPayment(database, { state: 'STEP_UP', ...traits });
  await aSoftDeclinedLeg(database, payment);
  await aStepUpOf(database, payment);
  await endStepUp(database, payment, 'SUCCEEDED');
  return payment;
}

/** The first leg of a payment, as it stays behind when its call was answered SOFT_DECLINE. */
export async function aSoftDeclinedLeg(
  { hot }: Database,
  { id, pspTransactionId }: APayment,
): Promise<void> {
  await hot.query(
    `insert into authorisation_leg (payment_id, attempt, leg, psp_transaction_id, acquirer_reference,
       owner, opened_at, outcome, reply, reply_status, decided_at, delivery)
     values ($1, 1, 1, $2, $3, gen_random_uuid(), clock_timestamp() - interval '2 minutes',
       'CHALLENGED', '{}', 'SOFT_DECLINE', clock_timestamp() - interval '2 minutes', 'TOLD')`,
    [id, pspTransactionId, `${pspTransactionId}-a1`],
  );
}
