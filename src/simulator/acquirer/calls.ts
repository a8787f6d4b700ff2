import { type Request } from 'express';
import { type z } from 'zod';
import { type AcquirerState } from './acquirer-state.ts';
import { behaviourOfAmount } from './amounts.ts';
import { type Call } from './answer-call.ts';
import { type Behaviour, plainBehaviour } from './behaviour.ts';
import { decideAuthorisation } from './decide-authorisation.ts';
import { decideModification, type ModificationType } from './decide-modification.ts';
import { decideReversal } from './decide-reversal.ts';
import {
  type AuthorisationMessage,
  authorisationMessage,
  modificationMessage,
  reversalMessage,
} from './messages.ts';
import { checkCard, maskedNumber, paymentCardOf } from './payment-card.ts';
import { Refusal } from './refusal.ts';

/** Reads a request as an authorisation. */
export function authorisationCall(state: AcquirerState, request: Request): Call {
  const message = read(request, authorisationMessage);
  const { reference, pspTransactionId, amount } = message;
  const card = maskedNumber(paymentCardOf(message).number);
  return {
    operation: 'authorise',
    reference,
    pspTransactionId,
    fingerprint: state.ledger.fingerprintOf('authorise', message),
    logged: { operation: 'authorise', reference, pspTransactionId, amount, card },
    behave: () => behaviourOfAuthorisation(state, message),
    decide: (responseCode) =>
      decideAuthorisation(state.ledger.books, message, { ...state.moment(), responseCode }),
  };
}

const operationOf = { CAPTURE: 'capture', VOID: 'void', REFUND: 'refund' } as const;

/** Reads a request as a capture, a void or a refund. */
export function modificationCall(
  state: AcquirerState,
  type: ModificationType,
  request: Request,
): Call {
  const message = read(request, modificationMessage);
  const { reference, originalReference, pspTransactionId, amount } = message;
  const operation = operationOf[type];
  return {
    operation,
    reference,
    pspTransactionId,
    fingerprint: state.ledger.fingerprintOf(operation, message),
    logged: { operation, reference, originalReference, pspTransactionId, amount },
    behave: () => plainBehaviour,
    decide: (responseCode) =>
      decideModification(
        state.ledger.books,
        { type, message },
        { ...state.moment(), responseCode },
      ),
  };
}

/** Reads a request as a reversal. */
export function reversalCall(state: AcquirerState, request: Request): Call {
  const message = read(request, reversalMessage);
  const { reference, originalReference, pspTransactionId } = message;
  return {
    operation: 'reverse',
    reference,
    pspTransactionId,
    fingerprint: state.ledger.fingerprintOf('reverse', message),
    logged: { operation: 'reverse', reference, originalReference, pspTransactionId },
    behave: () => plainBehaviour,
    decide: (responseCode) =>
      decideReversal(state.ledger.books, message, {
        ...state.moment(),
        responseCode,
        forgetful: state.control.settings.forgetfulReversals,
      }),
  };
}

/** A card that is refused is refused at once, whatever the amount would do. */
function behaviourOfAuthorisation(state: AcquirerState, message: AuthorisationMessage): Behaviour {
  const check = checkCard(paymentCardOf(message), state.moment().now);
  if (!check.accepted) return { ...plainBehaviour, responseCode: check.responseCode };
  const behaviour = behaviourOfAmount(message.amount, {
    scheme: check.scheme,
    hasThreeDs: message.threeDs !== undefined,
  });
  return { ...behaviour, delayMs: behaviour.delayMs * state.control.settings.delayScale };
}

function read<Shape extends z.ZodType<{ reference: string }>>(
  request: Request,
  shape: Shape,
): z.infer<Shape> {
  const result = shape.safeParse(request.body);
  if (!result.success) throw new Refusal(400, 'invalid_message', complaintOf(result.error));
  const key = request.get('idempotency-key');
  if (key === undefined) {
    throw new Refusal(400, 'idempotency_key_missing', 'The header Idempotency-Key is missing.');
  }
  if (key !== result.data.reference) {
    throw new Refusal(400, 'idempotency_key_differs', 'Idempotency-Key must equal reference.');
  }
  return result.data;
}

/** Names the members that are wrong and what was expected, never what was sent. */
export function complaintOf(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
    .join('; ');
}
