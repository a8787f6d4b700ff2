import { Router } from 'express';
import { z } from 'zod';
import { type Approval, type ForceApprove } from '../initiate-payment/force-approve.ts';
import { type AsMerchant } from './as-merchant.ts';
import { sendProblem } from './exchange.ts';
import { unknownFateProblem } from './initiation-answer.ts';
import { isObject } from './payment-order-fields.ts';
import { norwegianNumber } from './payment-order-rules.ts';
import { domainProblem, type Problem } from './problem.ts';
import { isTooOften, type RateLimiter } from './rate-limit.ts';
import { readIdempotentRequest } from './read-idempotent-request.ts';
import { isReference, referenceIn, referenceNotFound } from './read-payment-routes.ts';

interface Dependencies {
  readonly asMerchant: AsMerchant;
  readonly forceApprove: ForceApprove;
  readonly writes: RateLimiter;
}

/** The ePayment API's; the token of its other form is ours to know, and is not asked for. */
export const forceApproveForm = z
  .object({
    customer: z.object({
      phoneNumber: z.string().describe('Of a test customer: eight digits, with or without 47.'),
    }),
  })
  .meta({ id: 'ForceApprove' });

/** `POST /epayment/v1/test/payments/{reference}/approve`: for automated tests, without the app. */
export function forceApproveRoutes({ asMerchant, forceApprove, writes }: Dependencies): Router {
  const router = Router();

  router.post(
    '/epayment/v1/test/payments/:reference/approve',
    asMerchant(async (exchange) => {
      const request = await readIdempotentRequest(exchange.req, { key: false, body: true });
      if (request.kind === 'REFUSED') sendProblem(exchange, request.problem);
      if (request.kind !== 'READY') return;
      const reference = referenceIn(exchange.req.params);
      if (isTooOften(writes, exchange, `APPROVE ${reference}`)) return;
      const { customer } = request.members;
      const phoneNumber = norwegianNumber(isObject(customer) ? customer['phoneNumber'] : undefined);
      if (phoneNumber === undefined) {
        sendProblem(exchange, phoneNumberNeeded);
        return;
      }
      const { msn } = exchange.merchant;
      const approval: Approval = isReference(reference)
        ? await forceApprove({ msn, reference, phoneNumber })
        : { kind: 'NOT_FOUND' };
      if (approval.kind === 'APPROVED')
        exchange.res.writeHead(200, { 'Content-Length': '0' }).end();
      else sendProblem(exchange, problemOf(approval));
    }),
  );

  return router;
}

const phoneNumberNeeded = domainProblem(
  '4070',
  'customer.phoneNumber must be eight digits, with or without 47 first',
);

function problemOf(approval: Exclude<Approval, { kind: 'APPROVED' }>): Problem {
  switch (approval.kind) {
    case 'NOT_FOUND':
      return referenceNotFound;
    case 'NOT_OPEN':
      return domainProblem('10010', 'The payment is not open to its customer');
    case 'NOT_SUPPORTED':
      return domainProblem(
        '10060',
        'Payments over the PSP API v2 cannot be approved without the app: move the merchant to psp-v3',
      );
    case 'REFUSED_BY_VIPPS':
      return domainProblem('10010', `Vipps refused to approve it: ${approval.message}`, {
        extraDetails: [{ name: 'VippsErrorCode', reason: approval.vippsCode }],
      });
    case 'UNKNOWN':
      return unknownFateProblem(
        approval,
        'Look at the payment, and send the request again if it is open.',
      );
  }
}
