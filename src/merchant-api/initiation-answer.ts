import { type StoredAnswer } from '../idempotency/idempotent-call.ts';
import {
  type InitiationOutcome,
  type UnknownFate,
} from '../initiate-payment/initiation-outcome.ts';
import { type Exchange, problemAnswer } from './exchange.ts';
import { domainProblem, type Problem } from './problem.ts';

/** The answer of create payment (ePayment API, CreatePaymentResponse). */
export function initiationAnswer(
  exchange: Exchange,
  reference: string,
  outcome: InitiationOutcome,
): StoredAnswer {
  if (outcome.kind !== 'INITIATED') return problemAnswer(exchange, problemOf(outcome));
  const { redirectUrl } = outcome;
  const body = { ...(redirectUrl !== null && { redirectUrl }), reference };
  return { status: 201, body: JSON.stringify(body) };
}

function problemOf(outcome: Exclude<InitiationOutcome, { kind: 'INITIATED' }>): Problem {
  switch (outcome.kind) {
    case 'REFERENCE_EXISTS':
      return domainProblem('4150', 'The merchant has a payment with this reference already');
    case 'REFUSED_BY_VIPPS':
      return domainProblem('5070', `Vipps refused the payment: ${outcome.message}`, {
        extraDetails: [{ name: 'VippsErrorCode', reason: outcome.vippsCode }],
      });
    case 'ENDED_BEFORE':
      return domainProblem(
        '5070',
        'The payment expired or was cancelled before Vipps had taken it',
      );
    case 'UNKNOWN':
      return unknownFateProblem(outcome);
  }
}

const sameKeyAgain = 'Send the same request again, with the same Idempotency-Key.';

const unknownFates = {
  REFUSED_US: [502, 'Vipps did not accept our credentials.'],
  VIPPS_FAILED: [502, 'Vipps answered with an error.'],
  NO_ANSWER: [504, 'Vipps did not answer.'],
  NOT_NOW: [503, 'Vipps takes no requests at the moment.'],
} as const satisfies Record<UnknownFate['cause'], readonly [number, string]>;

export function unknownFateProblem(
  { cause, retryAfterSeconds }: UnknownFate,
  advice = sameKeyAgain,
): Problem {
  const [status, what] = unknownFates[cause];
  const problem = domainProblem('3010', `${what} ${advice}`, { status });
  return { ...problem, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
}
