import { randomBytes, randomUUID } from 'node:crypto';
import { type AuthenticationMessage, type Ending, type Status } from './messages.ts';

/** One authentication. Of the card only the last four digits are kept. */
export interface Authentication {
  readonly id: string;
  /** Leads to the page of the challenge, and to nothing else. */
  readonly challengeKey: string;
  readonly message: Omit<AuthenticationMessage, 'card' | 'networkToken'>;
  readonly lastFour: string;
  /** What the answer says where the customer is authenticated. */
  readonly proof: Proof;
  readonly endsAtMs: number;
  readonly ending?: Ending;
}

export interface Proof {
  /** Electronic commerce indicator of a full authentication. */
  readonly eci: '05' | '02';
  /** CAVV at Visa, AAV at Mastercard: 20 bytes, base64. */
  readonly authenticationValue: string;
  /** Of the directory server. */
  readonly transactionId: string;
}

const proofBytes = 20;

export function openAuthentication(
  { card, networkToken, ...message }: AuthenticationMessage,
  endsAtMs: number,
): Authentication {
  const number = card?.pan ?? networkToken?.number ?? '';
  return {
    id: randomUUID(),
    challengeKey: randomBytes(24).toString('base64url'),
    message,
    lastFour: number.slice(-4),
    proof: {
      eci: eciOf(number),
      authenticationValue: randomBytes(proofBytes).toString('base64'),
      transactionId: randomUUID(),
    },
    endsAtMs,
  };
}

/** Mastercard and Maestro count 00, 01, 02 where the others count 07, 06, 05. */
function eciOf(number: string): Proof['eci'] {
  const four = Number(number.slice(0, 4));
  const isMastercard =
    (four >= 5000 && four <= 5999) ||
    (four >= 2221 && four <= 2720) ||
    (four >= 6000 && four <= 6999);
  return isMastercard ? '02' : '05';
}

/** A challenge that nobody answered has ended when its time is up. */
export function statusOf({ ending, endsAtMs }: Authentication, nowMs: number): Status {
  if (ending) return ending;
  return nowMs < endsAtMs ? 'PENDING' : 'TIMED_OUT';
}

/** What a payment service provider is told. */
export function resultOf(authentication: Authentication, nowMs: number) {
  const { id, message, proof } = authentication;
  const status = statusOf(authentication, nowMs);
  return {
    authenticationId: id,
    reference: message.reference,
    status,
    ...(status === 'AUTHENTICATED' ? proof : {}),
  };
}
