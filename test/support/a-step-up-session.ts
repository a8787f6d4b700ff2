import { randomBytes } from 'node:crypto';
import { type Database } from '../../src/database/database.ts';
import { sha256 } from '../../src/shared/secret.ts';
import { type ReturnUrls } from '../../src/step-up/begin-step-up.ts';
import { type ChallengeResult, type ThreeDsServer } from '../../src/step-up/three-ds-server.ts';
import { type APayment, aPayment, type PaymentTraits } from './a-payment.ts';

export interface AStepUp {
  readonly payment: APayment;
  /** The last part of url3dSecure. */
  readonly token: string;
  readonly serverReference: string;
  readonly challengeUrl: string;
}

export interface StepUpTraits extends PaymentTraits {
  readonly returnUrls?: ReturnUrls;
  readonly challengeUrl?: string;
  readonly serverReference?: string;
  readonly secondsLeft?: number;
}

/** What Vipps may send: nothing here may be written in another way. */
export const returnUrls = {
  '3dssuccess': 'https://vipps.example/m?transactionId=1&responsecode=OK&x=%2f%2F+[a]"é"',
  '3dscancel': 'https://vipps.example/m?transactionId=1&responsecode=CANCEL&',
  '3dsfailure': 'HTTPS://Vipps.example/m/../m?responsecode=FAIL#',
} as const;

/** Puts a payment into the database whose first leg was soft-declined, and its step-up. */
export async function aStepUp(database: Database, traits: StepUpTraits = {}): Promise<AStepUp> {
  const payment = await aPayment(database, { state: 'STEP_UP', ...traits });
  return aStepUpOf(database, payment, traits);
}

/** The same for a payment that is there already. */
export async function aStepUpOf(
  database: Database,
  payment: APayment,
  traits: StepUpTraits = {},
): Promise<AStepUp> {
  const token = randomBytes(32).toString('base64url');
  const serverReference = traits.serverReference ?? randomBytes(8).toString('hex');
  const challengeUrl = traits.challengeUrl ?? `https://acs.example/c/${serverReference}?a=1&b=2`;
  await database.hot.query(
    `insert into step_up (payment_id, attempt, leg, token_hash, server_reference, challenge_url,
       return_urls, expires_at)
     values ($1, 1, 1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => $6))`,
    [
      payment.id,
      sha256(token),
      serverReference,
      challengeUrl,
      JSON.stringify(traits.returnUrls ?? returnUrls),
      traits.secondsLeft ?? 300,
    ],
  );
  return { payment, token, serverReference, challengeUrl };
}

/** A 3-D Secure server whose results a test gives; PENDING until then. */
export interface ScriptedThreeDsServer extends ThreeDsServer {
  readonly asked: string[];
  results: (serverReference: string) => ChallengeResult;
}

export function scriptedThreeDsServer(): ScriptedThreeDsServer {
  const server: ScriptedThreeDsServer = {
    asked: [],
    results: () => ({ kind: 'PENDING' }),
    begin: () => Promise.resolve({ kind: 'NOT_OFFERED', why: 'as scripted' }),
    result: (serverReference) => {
      server.asked.push(serverReference);
      return Promise.resolve(serverReference).then(server.results);
    },
  };
  return server;
}
