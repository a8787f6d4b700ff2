import { Router } from 'express';
import { answerOnce } from '../idempotency/answer-once.ts';
import { type IdempotentCall } from '../idempotency/idempotent-call.ts';
import { type IdempotencyDependencies } from '../idempotency/with-claim.ts';
import { type InitiatePayment } from '../initiate-payment/initiate-payment.ts';
import { type AsMerchant, type MerchantExchange } from './as-merchant.ts';
import { problemAnswer, sendProblem } from './exchange.ts';
import { type Fingerprint } from './idempotency-key.ts';
import { initiationAnswer } from './initiation-answer.ts';
import { parsePaymentOrder } from './parse-payment-order.ts';
import { referencePattern } from './payment-order-fields.ts';
import { type OrderRules } from './payment-order-rules.ts';
import { isTooOften, type RateLimiter } from './rate-limit.ts';
import { readIdempotentRequest } from './read-idempotent-request.ts';
import { type Members } from './read-members.ts';
import { sendOnce } from './send-once.ts';

export interface CreatePaymentDependencies {
  readonly asMerchant: AsMerchant;
  readonly initiatePayment: InitiatePayment;
  readonly idempotency: IdempotencyDependencies;
  readonly fingerprint: Fingerprint;
  readonly rules: OrderRules;
  readonly writes: RateLimiter;
}

/** `POST /epayment/v1/payments`. */
export function createPaymentRoutes(dependencies: CreatePaymentDependencies): Router {
  const { asMerchant, fingerprint } = dependencies;
  const router = Router();

  router.post(
    '/epayment/v1/payments',
    asMerchant(async (exchange) => {
      const request = await readIdempotentRequest(exchange.req, { key: true, body: true });
      if (request.kind === 'REFUSED') sendProblem(exchange, request.problem);
      if (request.kind !== 'READY') return;
      if (isTooOften(dependencies.writes, exchange, subjectOf(request.members))) return;
      const call = {
        msn: exchange.merchant.msn,
        key: request.key ?? '',
        operation: 'CREATE',
        fingerprint: fingerprint(['CREATE', request.canonicalBody]),
      };
      await create(dependencies, exchange, call, request.members);
    }),
  );

  return router;
}

async function create(
  dependencies: CreatePaymentDependencies,
  exchange: MerchantExchange,
  call: IdempotentCall,
  members: Members,
): Promise<void> {
  const { initiatePayment, idempotency, rules } = dependencies;
  const { merchant } = exchange;
  const parsed = parsePaymentOrder(members, rules);
  if (!parsed.ok) {
    const refusal = problemAnswer(exchange, parsed.problem);
    const answered = await answerOnce(idempotency, call, () => Promise.resolve(refusal));
    sendOnce(exchange, answered);
    return;
  }
  const { order } = parsed;
  let retryAfterSeconds: number | undefined;
  const initiated = await initiatePayment({
    merchant,
    order,
    call,
    answerOf: (outcome) => {
      if (outcome.kind === 'UNKNOWN') retryAfterSeconds = outcome.retryAfterSeconds;
      return initiationAnswer(exchange, order.reference, outcome);
    },
  });
  if (retryAfterSeconds !== undefined) {
    exchange.res.setHeader('Retry-After', String(retryAfterSeconds));
  }
  sendOnce(exchange, initiated);
}

/** What the rate limit counts by; requests without a usable reference share one count. */
function subjectOf({ reference }: Members): string {
  return typeof reference === 'string' && referencePattern.test(reference) ? reference : '';
}
