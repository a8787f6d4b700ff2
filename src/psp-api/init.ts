import { z } from 'zod';
import { type HttpAnswer } from '../http/exchange.ts';
import { readJson } from '../http/read-json.ts';
import { invariant } from '../shared/errors.ts';
import { type CallFailure } from './call-failure.ts';
import { duplicateIdOf } from './error-body.ts';
import { type InitOutcome, type InitRequest, type PspVersion } from './psp-api.ts';
import { jsonAmount } from './wire-amount.ts';

/** What Vipps takes for an id; an id that it would refuse is a mistake of ours. */
const idForms = {
  v2: { pspTransactionId: /^[a-z0-9]{1,30}$/, merchantOrderId: /^[a-z0-9]{1,30}$/ },
  v3: { pspTransactionId: /^[a-z0-9]{1,36}$/, merchantOrderId: /^[a-zA-Z0-9-]{1,50}$/ },
} as const satisfies Record<PspVersion, object>;

/**
 * The body of init: the six required members, and of the others those that there are. Vipps
 * refuses a member that is null. Throws, before anything is sent, for ids that are not of the
 * version's form.
 *
 * Source: Vipps PSP API v2 and v3, InitiatePaymentRequest; the forms of ids are what differs.
 */
export function initBody(
  version: PspVersion,
  request: InitRequest,
): Readonly<Record<string, unknown>> {
  const { pspTransactionId, merchantOrderId } = idForms[version];
  invariant(pspTransactionId.test(request.pspTransactionId), 'The transaction id is of its form');
  invariant(merchantOrderId.test(request.merchantOrderId), 'The order id is of its form');
  return {
    pspTransactionId: request.pspTransactionId,
    merchantOrderId: request.merchantOrderId,
    amount: jsonAmount(request.amount),
    currency: request.amount.currency,
    pspRedirectUrl: request.pspRedirectUrl,
    makePaymentUrl: request.makePaymentUrl,
    makePaymentToken: request.makePaymentToken.expose(),
    // JSON leaves out what is undefined; `??` turns a null that slipped in into one.
    customerMobileNumber: request.customerMobileNumber ?? undefined,
    paymentText: request.paymentText ?? undefined,
    isApp: request.isApp ?? undefined,
    skipLandingPage: request.skipLandingPage ?? undefined,
  };
}

// The description marks neither as required; without a URL there is nowhere to send the customer.
const initAnswer = z.object({
  pspTransactionId: z.string().nullish(),
  vippsRedirectUrl: z.string().min(1),
});

/** The result of init; undefined unless it is about this payment and says where to send the customer. */
export function readInitAnswer(
  answer: HttpAnswer,
  request: InitRequest,
): Extract<InitOutcome, { kind: 'INITIATED' }> | undefined {
  const parsed = initAnswer.safeParse(readJson(answer.body));
  if (!parsed.success) return undefined;
  const { pspTransactionId, vippsRedirectUrl } = parsed.data;
  if ((pspTransactionId ?? request.pspTransactionId) !== request.pspTransactionId) return undefined;
  return { kind: 'INITIATED', vippsRedirectUrl };
}

/** Tells which id Vipps had already, where that is the reason. */
export function initFailure(failure: CallFailure): Exclude<InitOutcome, { kind: 'INITIATED' }> {
  if (failure.kind !== 'REFUSED') return failure;
  const duplicate = duplicateIdOf(failure);
  return duplicate === undefined ? failure : { ...failure, duplicate };
}
