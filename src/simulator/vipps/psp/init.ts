import { randomBytes } from 'node:crypto';
import { type Answer, type ApiCall, header, json } from '../answer.ts';
import { operationsOf } from '../challenge/operations.ts';
import { type Payment } from '../payment.ts';
import { hashOf, type RememberedRequest } from '../reply-memory.ts';
import { type Merchant } from '../settings.ts';
import { type Simulation } from '../simulation.ts';
import { timestamp } from '../simulator-clock.ts';
import { checkHeaders } from './check-headers.ts';
import { documentedErrors, type ErrorDetails, invalidRequest, refusal } from './error-details.ts';
import { initAnswer, landingUrl } from './init-answer.ts';
import { initErrors, type InitRequest } from './init-request.ts';
import { readBody } from './read-body.ts';
import { pspVersions } from './version.ts';

/** `POST …/psppayments/init`: takes the payment, or says everything that is wrong with it. */
export function init(simulation: Simulation, call: ApiCall): Answer {
  const checked = checkHeaders(simulation, call);
  if ('denied' in checked) return checked.denied;
  const { merchant } = checked;
  const unusable = merchantError(merchant);
  if (unusable) return refusal(call, [unusable]);
  const remembered: RememberedRequest = {
    operation: 'init',
    version: call.version,
    msn: merchant.msn,
    requestId: header(call, 'request-id'),
    bodyHash: hashOf(call.body),
  };
  const known = simulation.replies.find(remembered);
  if (known === 'OTHER_BODY') {
    return refusal(call, [invalidRequest('Request-Id', 'was used before with another body')]);
  }
  return known?.answer ?? accept(simulation, { call, merchant, remembered });
}

function merchantError(merchant: Merchant): ErrorDetails | undefined {
  if (merchant.blocked) return documentedErrors.merchantBlocked;
  if (!merchant.active) return documentedErrors.merchantNotActive;
  return merchant.wrongPaymentModel ? documentedErrors.wrongPaymentModel : undefined;
}

type Accepting = {
  readonly call: ApiCall;
  readonly merchant: Merchant;
  readonly remembered: RememberedRequest;
};

function accept(simulation: Simulation, { call, merchant, remembered }: Accepting): Answer {
  const body = readBody(call);
  if ('errors' in body) return refusal(call, body.errors);
  const { allowLoopbackCallbacks } = simulation.settings;
  const version = pspVersions[call.version];
  const errors = initErrors(body.members, { version, merchant, allowLoopbackCallbacks });
  if (errors.length > 0) return refusal(call, errors);
  // Every member was checked one by one.
  const request = body.members as InitRequest;
  const taken = alreadyTaken(simulation, merchant, request);
  if (taken.length > 0) return refusal(call, taken);
  const payment = paymentFrom(simulation, request, remembered);
  simulation.book.add(payment);
  const dueAtMs = payment.createdAtMs + simulation.settings.userTimeoutSeconds * 1_000;
  simulation.deadlines.add(payment.pspTransactionId, dueAtMs);
  const answer = json(200, initAnswer(payment));
  simulation.replies.keep(remembered, answer);
  return answer;
}

/** Transaction ids are unique per PSP, order ids per merchant. */
function alreadyTaken(
  simulation: Simulation,
  merchant: Merchant,
  request: InitRequest,
): readonly ErrorDetails[] {
  const errors: ErrorDetails[] = [];
  if (simulation.book.find(request.pspTransactionId)) {
    errors.push(
      simulation.settings.duplicateTransactionCode === '44'
        ? documentedErrors.transactionExists
        : documentedErrors.transactionExistsBefore2022,
    );
  }
  if (simulation.book.hasOrder(merchant.msn, request.merchantOrderId)) {
    errors.push(documentedErrors.orderExists);
  }
  return errors;
}

function paymentFrom(
  simulation: Simulation,
  request: InitRequest,
  remembered: RememberedRequest,
): Payment {
  const createdAtMs = simulation.clock.nowMs();
  const landingToken = jwtShaped(request.pspTransactionId);
  const { amount, paymentText, isApp = false } = request;
  return {
    pspTransactionId: request.pspTransactionId,
    merchantOrderId: request.merchantOrderId,
    merchantSerialNumber: remembered.msn,
    amount,
    currency: request.currency,
    paymentText,
    customerMobileNumber: request.customerMobileNumber,
    pspRedirectUrl: request.pspRedirectUrl,
    makePaymentUrl: request.makePaymentUrl,
    makePaymentToken: request.makePaymentToken,
    isApp,
    skipLandingPage: request.skipLandingPage ?? false,
    version: remembered.version,
    operations: operationsOf(simulation.publicUrl),
    landingToken,
    vippsRedirectUrl: isApp
      ? `vipps://?token=${landingToken}`
      : landingUrl(simulation.publicUrl, landingToken),
    requestId: remembered.requestId,
    bodyHash: remembered.bodyHash,
    createdAtMs,
    ...untouched,
    log: [
      {
        amount,
        paymentText: paymentText ?? '',
        timeStamp: timestamp(createdAtMs),
        operation: 'INITIATE',
        operationSuccess: true,
      },
    ],
  };
}

const untouched = {
  state: 'INITIATED',
  failure: undefined,
  activated: false,
  userAction: undefined,
  url3dSecure: undefined,
  challenge: undefined,
  callbacks: [],
  capturedAmount: 0,
  cancelledAmount: 0,
  refundedAmount: 0,
  reservationShown: false,
} as const;

/** Vipps' link carries a JWT; nothing in this one means anything but to its issuer. */
function jwtShaped(subject: string): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: subject, jti: randomBytes(16).toString('base64url') };
  return `${part({ typ: 'JWT', alg: 'HS256' })}.${part(claims)}.${randomBytes(32).toString('base64url')}`;
}
