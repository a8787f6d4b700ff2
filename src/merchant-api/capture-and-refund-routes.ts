import { Router } from 'express';
import { answerOnce } from '../idempotency/answer-once.ts';
import { type IdempotencyDependencies } from '../idempotency/with-claim.ts';
import { type ModifyPayment } from '../modifications/modify-payment.ts';
import { type Money } from '../shared/money.ts';
import { type AsMerchant, type MerchantExchange } from './as-merchant.ts';
import { problemAnswer, sendProblem } from './exchange.ts';
import { type Fingerprint } from './idempotency-key.ts';
import { readModificationAmount } from './modification-amount.ts';
import { keyConflicts, modificationAnswer } from './modification-answer.ts';
import { type Problem } from './problem.ts';
import { isTooOften, type RateLimiter } from './rate-limit.ts';
import { readIdempotentRequest } from './read-idempotent-request.ts';
import { type Members } from './read-members.ts';
import { isReference, referenceIn, referenceNotFound } from './read-payment-routes.ts';
import { sendOnce } from './send-once.ts';

export interface CaptureAndRefundDependencies {
  readonly asMerchant: AsMerchant;
  readonly modifyPayment: ModifyPayment;
  readonly idempotency: IdempotencyDependencies;
  readonly fingerprint: Fingerprint;
  readonly writes: RateLimiter;
}

/** `POST /epayment/v1/payments/{reference}/capture` and `/refund`. */
export function captureAndRefundRoutes(dependencies: CaptureAndRefundDependencies): Router {
  const { asMerchant, writes } = dependencies;
  const router = Router();

  for (const [path, kind] of [
    ['capture', 'CAPTURE'],
    ['refund', 'REFUND'],
  ] as const) {
    router.post(
      `/epayment/v1/payments/:reference/${path}`,
      asMerchant(async (exchange) => {
        const request = await readIdempotentRequest(exchange.req, { key: true, body: true });
        if (request.kind === 'REFUSED') sendProblem(exchange, request.problem);
        if (request.kind !== 'READY') return;
        const reference = referenceIn(exchange.req.params);
        if (isTooOften(writes, exchange, `${kind} ${reference}`)) return;
        const { key, members, canonicalBody } = request;
        await modify(dependencies, exchange, {
          kind,
          reference,
          key: key ?? '',
          members,
          canonicalBody,
        });
      }),
    );
  }

  return router;
}

interface ModificationRequest {
  readonly kind: 'CAPTURE' | 'REFUND';
  readonly reference: string;
  readonly key: string;
  readonly members: Members;
  readonly canonicalBody: string;
}

async function modify(
  { modifyPayment, idempotency, fingerprint }: CaptureAndRefundDependencies,
  exchange: MerchantExchange,
  { kind, reference, key, members, canonicalBody }: ModificationRequest,
): Promise<void> {
  const { msn } = exchange.merchant;
  const call = {
    msn,
    key,
    operation: kind,
    fingerprint: fingerprint([kind, reference, canonicalBody]),
  };
  const amount = isReference(reference) ? readModificationAmount(members) : referenceNotFound;
  if (isProblem(amount)) {
    const refusal = problemAnswer(exchange, amount);
    const refused = await answerOnce(idempotency, call, () => Promise.resolve(refusal));
    sendOnce(exchange, refused, keyConflicts[kind]);
    return;
  }
  const modified = await modifyPayment({
    msn,
    reference,
    wish: { kind, amount },
    call,
    answerOf: (result) => modificationAnswer(exchange, kind, result),
  });
  sendOnce(exchange, modified, keyConflicts[kind]);
}

function isProblem(read: Money | Problem): read is Problem {
  return 'status' in read;
}
