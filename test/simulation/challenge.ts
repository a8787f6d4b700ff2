import { Secret, sha256 } from '../../src/shared/secret.ts';
import { type BeginStepUp } from '../../src/step-up/begin-step-up.ts';
import { createProofSeal } from '../../src/step-up/proof-seal.ts';
import { type World } from './world.ts';

export const proofSeal = createProofSeal(new Secret(Buffer.alloc(32, 7)));

const validForMs = 20_000;

/** A 3-D Secure server that offers a challenge at once. */
export const beginStepUp: BeginStepUp = ({ pspTransactionId, returnUrls }) =>
  Promise.resolve({
    tokenHash: sha256(pspTransactionId),
    url3dSecure: `https://psp.vippsadapter.no/3ds/${pspTransactionId}`,
    serverReference: pspTransactionId,
    challengeUrl: 'https://bank.example.com',
    returnUrls,
    validForMs,
  });

/** The customer shows who they are, as the challenge's page would write it down. */
export function passChallenge({ tables }: World, pspTransactionId: string): void {
  const paymentId = tables.transactions.get(pspTransactionId)?.paymentId;
  const [session] = tables.stepUps.where(
    (row) => row.paymentId === paymentId && row.state === 'OPEN',
  );
  if (session === undefined || session.expiresAtMs <= tables.nowMs()) return;
  tables.stepUps.put({
    ...session,
    state: 'SUCCEEDED',
    eci: '05',
    threeDsTransactionId: '3ds-1',
    sealedAuthenticationValue: proofSeal.seal(new Secret('proof'), session),
  });
}
