import { z } from 'zod';
import { type HttpAnswer } from '../../http/exchange.ts';
import { readJson } from '../../http/read-json.ts';
import { Secret } from '../../shared/secret.ts';
import { type BeginOutcome, type ChallengeResult } from '../three-ds-server.ts';

const challengeAnswer = z.object({
  status: z.literal('CHALLENGE'),
  reference: z.string(),
  authenticationId: z.string().regex(/^[\x21-\x7e]{1,100}$/),
  challengeUrl: z.url({ protocol: /^https?$/ }).max(2_000),
});

const notOfferedAnswer = z.object({ status: z.literal('NOT_OFFERED') });

const authenticatedAnswer = z.object({
  status: z.literal('AUTHENTICATED'),
  authenticationId: z.string(),
  eci: z.string().regex(/^\d{2}$/),
  // 20 bytes by EMV 3-D Secure (authenticationValue); servers of older versions send up to 28.
  authenticationValue: z.base64().min(20).max(40),
  transactionId: z.string().regex(/^[\x21-\x7e]{1,64}$/),
});

const otherAnswer = z.object({
  status: z.enum(['PENDING', 'FAILED', 'CANCELLED', 'TIMED_OUT']),
  authenticationId: z.string(),
});

const beginAnswer = z.discriminatedUnion('status', [challengeAnswer, notOfferedAnswer]);
const resultAnswer = z.discriminatedUnion('status', [authenticatedAnswer, otherAnswer]);

/** What a server said of an authentication that was to be begun. */
export function readBegin(answer: HttpAnswer, reference: string): BeginOutcome {
  const said =
    answer.status === 201 ? beginAnswer.safeParse(readJson(answer.body)).data : undefined;
  if (said === undefined) return { kind: 'UNAVAILABLE', why: unreadable(answer) };
  if (said.status === 'NOT_OFFERED') {
    return { kind: 'NOT_OFFERED', why: 'The card takes no part in 3-D Secure' };
  }
  if (said.reference !== reference) return { kind: 'UNAVAILABLE', why: ofAnother };
  const { authenticationId: serverReference, challengeUrl } = said;
  return { kind: 'CHALLENGE', serverReference, challengeUrl };
}

/** What a server said of an authentication that was asked about. */
export function readResult(answer: HttpAnswer, serverReference: string): ChallengeResult {
  const said =
    answer.status === 200 ? resultAnswer.safeParse(readJson(answer.body)).data : undefined;
  if (said === undefined) return { kind: 'UNKNOWN', why: unreadable(answer) };
  if (said.authenticationId !== serverReference) return { kind: 'UNKNOWN', why: ofAnother };
  if (said.status !== 'AUTHENTICATED') return { kind: said.status };
  const { eci, authenticationValue, transactionId } = said;
  return {
    kind: 'AUTHENTICATED',
    proof: { eci, authenticationValue: new Secret(authenticationValue), transactionId },
  };
}

const ofAnother = 'An answer about another authentication';

function unreadable({ status }: HttpAnswer): string {
  return `An answer of status ${status} that cannot be read`;
}
