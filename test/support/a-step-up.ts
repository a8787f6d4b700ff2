import { type Database } from '../../src/database/database.ts';
import { deriveKey } from '../../src/shared/derive-key.ts';
import { Secret } from '../../src/shared/secret.ts';
import { createProofSeal } from '../../src/step-up/proof-seal.ts';
import { type APayment } from './a-payment.ts';
import { testSettings } from './test-settings.ts';

/** What a challenge that succeeded brings. */
export const proof = {
  eci: '05',
  authenticationValue: 'AAABBZEEBQAAAAAhkQUFAAAAAAA=',
  transactionId: 'a3f0e2a4-2b5c-4d7e-8f90-112233445566',
};

export type ChallengeEnd = 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | 'TIMED_OUT';

const moves = {
  FAILED: ['FAILED', 'CHALLENGE_FAILED', 'ABORTED'],
  CANCELLED: ['ABORTED', 'USER_CANCELLED', 'ABORTED'],
  TIMED_OUT: ['EXPIRED', 'TIMED_OUT', 'EXPIRED'],
} as const;

const seal = createProofSeal(deriveKey(testSettings.accessTokenKey, 'step-up proof'));

/** The customer is sent to the bank. */
export async function enterStepUp({ hot }: Database, payment: APayment): Promise<void> {
  await hot.query(
    `update step_up set state = 'ENTERED', entered_at = clock_timestamp() where payment_id = $1`,
    [payment.id],
  );
}

/** The challenge ends, and the payment with it unless it succeeded. */
export async function endStepUp(
  { hot }: Database,
  payment: APayment,
  end: ChallengeEnd,
): Promise<void> {
  const leg = { paymentId: payment.id, attempt: 1, leg: 1 };
  const succeeded = end === 'SUCCEEDED';
  await hot.query(
    `update step_up set state = $2, ended_at = clock_timestamp(), eci = $3, three_ds_transaction_id = $4,
       sealed_authentication_value = $5 where payment_id = $1`,
    [
      payment.id,
      end,
      succeeded ? proof.eci : null,
      succeeded ? proof.transactionId : null,
      succeeded ? seal.seal(new Secret(proof.authenticationValue), leg) : null,
    ],
  );
  if (end === 'SUCCEEDED') return;
  await hot.query(
    `with moved as (
       update payment set state = $2, version = version + 1 where id = $1
       returning id, version, amount_minor
     ), logged as (
       insert into operation (payment_id, sequence, event, amount_minor)
       select id, version, $3, amount_minor from moved
     )
     insert into merchant_event (payment_id, sequence, name, amount_minor)
     select id, version, $4, amount_minor from moved`,
    [payment.id, ...moves[end]],
  );
}

/** Its time is up, and nobody has marked that yet. */
export async function letStepUpRunOut({ hot }: Database, payment: APayment): Promise<void> {
  await hot.query('update step_up set expires_at = clock_timestamp() where payment_id = $1', [
    payment.id,
  ]);
}

export interface StoredStepUp {
  readonly state: string;
  readonly holdsProof: boolean;
  readonly returnUrls: Readonly<Record<string, string>>;
}

export async function stepUpOf(
  { hot }: Database,
  payment: APayment,
): Promise<StoredStepUp | undefined> {
  const { rows } = await hot.query<StoredStepUp>(
    `select state, sealed_authentication_value is not null as "holdsProof", return_urls as "returnUrls"
     from step_up where payment_id = $1`,
    [payment.id],
  );
  return rows[0];
}
