import { timingSafeEqual } from 'node:crypto';
import { type PaymentCard } from '../card-data/payment-card.ts';
import { sha256 } from '../shared/secret.ts';
import { type Answer } from './answer.ts';
import { type AuthoriseLeg } from './authorise-leg.ts';
import { type FoundPayment, type LegRepository } from './leg-repository.ts';
import {
  type IncomingCall,
  isPossibleId,
  type MakePaymentRequest,
  readV2Request,
} from './messages.ts';
import { type RefuseCall, reasonOf } from './refuse-call.ts';
import { type AwaitReply } from './replay.ts';
import { type ReplyWriter } from './reply.ts';
import { type Stopwatch } from './stopwatch.ts';

/**
 * Answers one makePayment call. Never throws for anything that a caller can send; what it throws is
 * a fault of ours, which the route answers with FAIL 91.
 */
export type MakePayment = (
  call: IncomingCall,
  authorization: string | undefined,
  stopwatch: Stopwatch,
) => Promise<Answer>;

export type DecryptCard = (
  cardData: string,
) => Promise<{ readonly ok: true; readonly card: PaymentCard } | { readonly ok: false }>;

interface Dependencies {
  readonly legs: LegRepository;
  readonly replies: ReplyWriter;
  readonly decrypt: DecryptCard;
  readonly authoriseLeg: AuthoriseLeg;
  readonly refuse: RefuseCall;
  readonly awaitReply: AwaitReply;
}

/** More rounds than two happen only when several calls race; then one of them has won by now. */
const roundsMax = 5;

export function createMakePayment(dependencies: Dependencies): MakePayment {
  const { legs, replies } = dependencies;

  return async (call, authorization, stopwatch) => {
    const { pspTransactionId } = call;
    const invalid = (): Answer => ({
      kind: 'REPLY',
      reply: replies.fail(pspTransactionId, 'INVALID_REQUEST'),
    });
    if (call.kind === 'UNREADABLE' || !isPossibleId(pspTransactionId)) return invalid();
    const found = await legs.find(pspTransactionId);
    if (found === undefined) return invalid();
    if (!provesItself(authorization, found)) return { kind: 'UNAUTHORISED' };

    const request = readV2Request(call.body, found.merchant.msn);
    if (found.superseded) {
      return {
        kind: 'REPLY',
        reply: replies.fail(pspTransactionId, reasonOf(request, 'TOO_LATE')),
      };
    }
    return answer(dependencies, found, request, stopwatch);
  };
}

/** Compares hashes, in constant time: the token itself is stored nowhere. */
function provesItself(authorization: string | undefined, found: FoundPayment): boolean {
  return timingSafeEqual(sha256(authorization ?? ''), found.makePaymentTokenHash);
}

async function answer(
  dependencies: Dependencies,
  first: FoundPayment,
  request: MakePaymentRequest,
  stopwatch: Stopwatch,
): Promise<Answer> {
  let found = first;
  for (let round = 0; round < roundsMax; round += 1) {
    if (found.leg !== null) {
      return { kind: 'REPLY', reply: await dependencies.awaitReply(found, found.leg, stopwatch) };
    }
    const opened = await openFirstLeg(dependencies, found, request, stopwatch);
    if (opened !== undefined) return opened;
    // Somebody else was quicker: look again, and go by what is there now.
    found = (await dependencies.legs.find(found.pspTransactionId)) ?? found;
  }
  return { kind: 'REPLY', reply: dependencies.replies.fail(first.pspTransactionId, 'TOO_LATE') };
}

/** Undefined when the payment moved under our hands. */
async function openFirstLeg(
  dependencies: Dependencies,
  found: FoundPayment,
  request: MakePaymentRequest,
  stopwatch: Stopwatch,
): Promise<Answer | undefined> {
  const { refuse, decrypt, authoriseLeg } = dependencies;
  if (found.state !== 'CREATED') return refuse(found, reasonOf(request, 'TOO_LATE'));
  if (request.kind !== 'CONFIRMED') return refuse(found, reasonOf(request, 'INTERNAL_ERROR'));
  const decrypted = await decrypt(request.cardData);
  if (!decrypted.ok) return refuse(found, 'UNABLE_TO_DECRYPT');
  try {
    return await authoriseLeg(found, decrypted.card, stopwatch);
  } finally {
    decrypted.card.wipe();
  }
}
