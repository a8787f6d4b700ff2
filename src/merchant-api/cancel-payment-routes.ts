import { Router } from 'express';
import { inTransaction, type Transaction } from '../database/database.ts';
import { answerOnce } from '../idempotency/answer-once.ts';
import { type StoredAnswer } from '../idempotency/idempotent-call.ts';
import { type IdempotencyDependencies } from '../idempotency/with-claim.ts';
import { cancelPayment, type CancelOutcome } from '../modifications/cancel-payment.ts';
import { type ModificationRepository } from '../modifications/modification-repository.ts';
import { merchantStateOf } from '../payments/payment-state.ts';
import { type AsMerchant, type MerchantExchange } from './as-merchant.ts';
import { problemAnswer, sendAnswer, sendProblem } from './exchange.ts';
import { type Fingerprint } from './idempotency-key.ts';
import { modificationBody } from './payment-messages.ts';
import { isAbsent } from './payment-order-fields.ts';
import { domainProblem, fieldProblem, type Problem } from './problem.ts';
import { isTooOften, type RateLimiter } from './rate-limit.ts';
import { readIdempotentRequest } from './read-idempotent-request.ts';
import { isReference, referenceIn, referenceNotFound } from './read-payment-routes.ts';
import { sendOnce } from './send-once.ts';

export interface CancelPaymentDependencies {
  readonly asMerchant: AsMerchant;
  readonly modifications: ModificationRepository;
  readonly idempotency: IdempotencyDependencies;
  readonly fingerprint: Fingerprint;
  readonly writes: RateLimiter;
}

/** `POST /epayment/v1/payments/{reference}/cancel`; here the Idempotency-Key is optional. */
export function cancelPaymentRoutes(dependencies: CancelPaymentDependencies): Router {
  const { asMerchant, writes } = dependencies;
  const router = Router();

  router.post(
    '/epayment/v1/payments/:reference/cancel',
    asMerchant(async (exchange) => {
      const request = await readIdempotentRequest(exchange.req, { key: false, body: false });
      if (request.kind === 'REFUSED') sendProblem(exchange, request.problem);
      if (request.kind !== 'READY') return;
      const reference = referenceIn(exchange.req.params);
      if (isTooOften(writes, exchange, reference)) return;
      await cancel(dependencies, exchange, {
        reference,
        key: request.key,
        canonicalBody: request.canonicalBody,
        onlyTransaction: request.members['cancelTransactionOnly'],
      });
    }),
  );

  return router;
}

interface CancelRequest {
  readonly reference: string;
  readonly key: string | null;
  readonly canonicalBody: string;
  readonly onlyTransaction: unknown;
}

async function cancel(
  { modifications, idempotency, fingerprint }: CancelPaymentDependencies,
  exchange: MerchantExchange,
  request: CancelRequest,
): Promise<void> {
  const { reference, key, canonicalBody } = request;
  const { msn } = exchange.merchant;
  const work = async (trx: Transaction): Promise<StoredAnswer> => {
    const problem = problemWith(request);
    if (problem !== undefined) return problemAnswer(exchange, problem);
    const cancellation = { msn, reference, idempotencyKey: key };
    return answerOf(exchange, await cancelPayment(modifications, trx, cancellation));
  };
  if (key === null) {
    sendAnswer(exchange, await inTransaction(idempotency.database, work));
    return;
  }
  const call = {
    msn,
    key,
    operation: 'CANCEL',
    fingerprint: fingerprint(['CANCEL', reference, canonicalBody]),
  };
  sendOnce(exchange, await answerOnce(idempotency, call, work));
}

function problemWith({ reference, onlyTransaction }: CancelRequest): Problem | undefined {
  if (!isReference(reference)) return referenceNotFound;
  if (isAbsent(onlyTransaction) || typeof onlyTransaction === 'boolean') return undefined;
  const name = 'CancelTransactionOnly';
  return fieldProblem([{ name, reason: `The field ${name} must be true or false.` }]);
}

function answerOf(exchange: MerchantExchange, outcome: CancelOutcome): StoredAnswer {
  if (outcome.kind !== 'TERMINATED') return problemAnswer(exchange, problemOf(outcome));
  return { status: 200, body: JSON.stringify(modificationBody(outcome.payment)) };
}

function problemOf(outcome: Exclude<CancelOutcome, { kind: 'TERMINATED' }>): Problem {
  switch (outcome.kind) {
    case 'NOT_FOUND':
      return referenceNotFound;
    case 'PROCESSING':
      return domainProblem(
        '6250',
        'The customer has approved, and the payment is being authorised',
      );
    case 'ENDED':
      return domainProblem('6050', `The payment is ${merchantStateOf[outcome.state]} already`);
    case 'AUTHORISED':
      return domainProblem('6190', 'The payment is authorised');
  }
}
