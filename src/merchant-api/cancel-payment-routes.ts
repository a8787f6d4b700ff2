import { Router } from 'express';
import { answerOnce } from '../idempotency/answer-once.ts';
import { type IdempotentCall } from '../idempotency/idempotent-call.ts';
import { type IdempotencyDependencies } from '../idempotency/with-claim.ts';
import { type ModifyPayment } from '../modifications/modify-payment.ts';
import { type AsMerchant, type MerchantExchange } from './as-merchant.ts';
import { problemAnswer, sendProblem } from './exchange.ts';
import { type Fingerprint } from './idempotency-key.ts';
import { cancelForm } from './modification-amount.ts';
import { keyConflicts, modificationAnswer } from './modification-answer.ts';
import { fieldProblem, type Problem } from './problem.ts';
import { isTooOften, type RateLimiter } from './rate-limit.ts';
import { readIdempotentRequest } from './read-idempotent-request.ts';
import { isReference, referenceIn, referenceNotFound } from './read-payment-routes.ts';
import { sendOnce } from './send-once.ts';

export interface CancelPaymentDependencies {
  readonly asMerchant: AsMerchant;
  readonly modifyPayment: ModifyPayment;
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
      if (isTooOften(writes, exchange, `CANCEL ${reference}`)) return;
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
  dependencies: CancelPaymentDependencies,
  exchange: MerchantExchange,
  request: CancelRequest,
): Promise<void> {
  const { modifyPayment, fingerprint } = dependencies;
  const { reference, key, canonicalBody, onlyTransaction } = request;
  const { msn } = exchange.merchant;
  const operation = 'CANCEL';
  const call =
    key === null
      ? null
      : {
          msn,
          key,
          operation,
          fingerprint: fingerprint([operation, reference, canonicalBody]),
        };
  const problem = problemWith(request);
  if (problem !== undefined) {
    await refuse(dependencies, exchange, { call, problem });
    return;
  }
  const modified = await modifyPayment({
    msn,
    reference,
    wish: { kind: 'CANCEL', onlyBeforeAuthorisation: onlyTransaction === true },
    call,
    answerOf: (result) => modificationAnswer(exchange, 'CANCEL', result),
  });
  sendOnce(exchange, modified, keyConflicts.CANCEL);
}

const onlyTransactionForm = cancelForm.shape.cancelTransactionOnly;

function problemWith({ reference, onlyTransaction }: CancelRequest): Problem | undefined {
  if (!isReference(reference)) return referenceNotFound;
  if (onlyTransactionForm.safeParse(onlyTransaction).success) return undefined;
  const name = 'CancelTransactionOnly';
  return fieldProblem([{ name, reason: `The field ${name} must be true or false.` }]);
}

async function refuse(
  { idempotency }: CancelPaymentDependencies,
  exchange: MerchantExchange,
  { call, problem }: { readonly call: IdempotentCall | null; readonly problem: Problem },
): Promise<void> {
  if (call === null) {
    sendProblem(exchange, problem);
    return;
  }
  const refusal = problemAnswer(exchange, problem);
  sendOnce(exchange, await answerOnce(idempotency, call, () => Promise.resolve(refusal)));
}
