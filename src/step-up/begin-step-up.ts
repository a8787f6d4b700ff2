import { randomBytes } from 'node:crypto';
import { type AcquirerMerchant, type CardMaterial } from '../acquirer/acquirer.ts';
import { stepUpReferenceOf } from '../payments/references.ts';
import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { type Money } from '../shared/money.ts';
import { sha256 } from '../shared/secret.ts';
import { type BeginOutcome, type ChallengeRequest, type ThreeDsServer } from './three-ds-server.ts';

/**
 * Where Vipps wants the customer to be sent, by how the challenge went, byte for byte as Vipps wrote
 * it in `operations[]` (PSP API guide, 3-D Secure). Empty where Vipps sent none.
 */
export type ReturnUrls = Readonly<Partial<Record<ReturnOperation, string>>>;

export type ReturnOperation = '3dssuccess' | '3dscancel' | '3dsfailure';

/** A soft-declined leg, and the card of it that is still in memory. */
export interface LegToStepUp {
  readonly pspTransactionId: string;
  /** The leg that was soft-declined. */
  readonly leg: number;
  readonly merchant: AcquirerMerchant;
  readonly amount: Money;
  readonly card: CardMaterial;
  readonly returnUrls: ReturnUrls;
}

/** A session that exists at the 3-D Secure server and is to be written with the leg's decision. */
export interface StepUpToOpen {
  /** SHA-256 of the token in the URL, which is stored nowhere. */
  readonly tokenHash: Buffer;
  /** What Vipps is told: the page that begins the challenge. */
  readonly url3dSecure: string;
  readonly serverReference: string;
  readonly challengeUrl: string;
  readonly returnUrls: ReturnUrls;
  /** From the moment of writing, by the clock of the database. */
  readonly validForMs: number;
}

/**
 * Begins a challenge for a soft-declined leg. Undefined where none can be had in time, whatever the
 * reason: the leg is FAIL 94 then. Never throws. The card is read and not kept; a session that is
 * not written afterwards is simply never used.
 */
export type BeginStepUp = (
  leg: LegToStepUp,
  signal: AbortSignal,
) => Promise<StepUpToOpen | undefined>;

interface Dependencies {
  readonly threeDsServer: ThreeDsServer;
  /** What customers reach us by, without a slash at the end. */
  readonly publicUrl: string;
  readonly validForMs: number;
  /** In a sandbox the challenge may be on plain HTTP; nowhere else. */
  readonly plainHttpAllowed: boolean;
  readonly log: Log;
}

export const stepUpPath = '/3ds';

const tokenBytes = 32;

export function createBeginStepUp(dependencies: Dependencies): BeginStepUp {
  const { publicUrl, validForMs, log } = dependencies;

  return async (leg, signal) => {
    const { pspTransactionId, merchant, amount, card, returnUrls } = leg;
    const token = randomBytes(tokenBytes).toString('base64url');
    const url3dSecure = `${publicUrl}${stepUpPath}/${token}`;
    const reference = stepUpReferenceOf(pspTransactionId, leg.leg);
    const returnUrl = `${url3dSecure}/return`;
    const request = { reference, pspTransactionId, merchant, amount, card, returnUrl };
    const outcome = await begun(dependencies, request, signal);
    if (outcome.kind !== 'CHALLENGE') {
      log.warn({ event: 'step-up.not-begun', pspTransactionId, ...outcome });
      return undefined;
    }
    const { serverReference, challengeUrl } = outcome;
    const tokenHash = sha256(token);
    return { tokenHash, url3dSecure, serverReference, challengeUrl, returnUrls, validForMs };
  };
}

/** An adapter that throws breaks its promise; the customer of it gets no challenge. */
async function begun(
  { threeDsServer, plainHttpAllowed }: Dependencies,
  request: ChallengeRequest,
  signal: AbortSignal,
): Promise<BeginOutcome> {
  try {
    const outcome = await threeDsServer.begin(request, signal);
    if (outcome.kind !== 'CHALLENGE' || isFitUrl(outcome.challengeUrl, plainHttpAllowed)) {
      return outcome;
    }
    return { kind: 'UNAVAILABLE', why: 'The challenge is at a URL that no customer is sent to' };
  } catch (error) {
    return { kind: 'UNAVAILABLE', why: messageOf(error) };
  }
}

function isFitUrl(text: string, plainHttpAllowed: boolean): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'https:' || (plainHttpAllowed && url?.protocol === 'http:');
}
