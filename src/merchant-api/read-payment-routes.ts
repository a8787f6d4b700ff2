import { Router } from 'express';
import { type PaymentRepository } from '../payments/payment-repository.ts';
import { type AsMerchant } from './as-merchant.ts';
import { sendJson, sendProblem } from './exchange.ts';
import { eventBody, paymentBody } from './payment-messages.ts';
import { referencePattern } from './payment-order-fields.ts';
import { domainProblem } from './problem.ts';
import { isTooOften, type RateLimiter } from './rate-limit.ts';

export interface ReadPaymentDependencies {
  readonly asMerchant: AsMerchant;
  readonly payments: PaymentRepository;
  readonly reads: RateLimiter;
}

/** The same for a payment that never was and for another merchant's. */
export const referenceNotFound = domainProblem('5090', 'There is no payment with this reference');

/** `GET /epayment/v1/payments/{reference}` and its event log. */
export function readPaymentRoutes(dependencies: ReadPaymentDependencies): Router {
  const { asMerchant, payments, reads } = dependencies;
  const router = Router();

  router.get(
    '/epayment/v1/payments/:reference',
    asMerchant(async (exchange) => {
      const reference = referenceIn(exchange.req.params);
      if (isTooOften(reads, exchange, reference)) return;
      const payment = isReference(reference)
        ? await payments.find(exchange.merchant.msn, reference)
        : undefined;
      if (payment === undefined) sendProblem(exchange, referenceNotFound);
      else sendJson(exchange, paymentBody(payment));
    }),
  );

  router.get(
    '/epayment/v1/payments/:reference/events',
    asMerchant(async (exchange) => {
      const reference = referenceIn(exchange.req.params);
      if (isTooOften(reads, exchange, reference)) return;
      const events = isReference(reference)
        ? await payments.events(exchange.merchant.msn, reference)
        : undefined;
      if (events === undefined) sendProblem(exchange, referenceNotFound);
      else {
        sendJson(
          exchange,
          events.map((event) => eventBody(reference, event)),
        );
      }
    }),
  );

  return router;
}

/** The reference of the path, cut to a length that no real one has. */
export function referenceIn(params: Readonly<Record<string, string | readonly string[]>>): string {
  const { reference } = params;
  return typeof reference === 'string' ? reference.slice(0, 65) : '';
}

/** What could not be a reference is not looked up. */
export function isReference(text: string): boolean {
  return referencePattern.test(text);
}
