import { type Answer, type ApiCall, header, json } from '../answer.ts';
import { checkHeaders } from '../psp/check-headers.ts';
import {
  type ErrorDetails,
  documentedErrors,
  invalidRequest,
  refusal,
} from '../psp/error-details.ts';
import { int32Max, readBody } from '../psp/read-body.ts';
import { hashOf, type RememberedRequest } from '../reply-memory.ts';
import { type Simulation } from '../simulation.ts';
import { timestamp } from '../simulator-clock.ts';
import { type TransactionInfo } from './status-update.ts';

const accepted = json(200, {
  responseInfo: { responseCode: '9000', responseMessage: 'SUCCESS' },
});

/**
 * `POST …/psppayments/updatestatus`: 200 says that the request was well-formed and nothing more;
 * the nightly batch takes it from there. One bad line refuses the whole request.
 */
export function updateStatus(simulation: Simulation, call: ApiCall): Answer {
  const checked = checkHeaders(simulation, call);
  if ('denied' in checked) return checked.denied;
  const body = readBody(call);
  if ('errors' in body) return refusal(call, body.errors);
  const { transactions } = body.members;
  const errors = updateErrors(transactions);
  if (errors.length > 0) return refusal(call, errors);
  return record(simulation, call, transactions as readonly TransactionInfo[], {
    operation: 'updatestatus',
    version: call.version,
    msn: checked.merchant.msn,
    requestId: header(call, 'request-id'),
    bodyHash: hashOf(call.body),
  });
}

function record(
  simulation: Simulation,
  call: ApiCall,
  transactions: readonly TransactionInfo[],
  request: RememberedRequest,
): Answer {
  const known = simulation.replies.find(request);
  if (known === 'OTHER_BODY') {
    return refusal(call, [invalidRequest('Request-Id', 'was used before with another body')]);
  }
  simulation.updates.add({
    receivedAt: timestamp(simulation.clock.nowMs()),
    version: call.version,
    merchantSerialNumber: request.msn,
    requestId: request.requestId,
    transactions,
    repeated: known !== undefined,
  });
  simulation.replies.keep(request, accepted);
  return accepted;
}

/** At most one error per line and ten in all: the answer must not outgrow the question. */
function updateErrors(transactions: unknown): readonly ErrorDetails[] {
  if (!Array.isArray(transactions) || transactions.length === 0) {
    return [invalidRequest('transactions', 'must be an array with at least one member')];
  }
  return transactions.flatMap((line: unknown) => lineError(line) ?? []).slice(0, 10);
}

function lineError(line: unknown): ErrorDetails | undefined {
  if (typeof line !== 'object' || line === null) {
    return invalidRequest('transactions', 'must hold objects');
  }
  const { pspTransactionId, status, amount } = line as Readonly<Record<string, unknown>>;
  if (typeof pspTransactionId !== 'string' || pspTransactionId === '') {
    return invalidRequest('pspTransactionId', 'is required');
  }
  if (!oneOf(status, ['RESERVED', 'CAPTURED', 'CANCELLED', 'REFUNDED'])) {
    return invalidRequest('status', 'must be RESERVED, CAPTURED, CANCELLED or REFUNDED');
  }
  if (typeof amount !== 'number' || !Number.isInteger(amount) || amount > int32Max) {
    return invalidRequest('amount', 'must be a JSON integer of 32 bits, in øre');
  }
  return amount < 1 ? documentedErrors.amount : optionalError(line);
}

function optionalError(line: object): ErrorDetails | undefined {
  const { currency, paymentText, operationStatus } = line as Readonly<Record<string, unknown>>;
  if (currency !== undefined && currency !== 'NOK') return documentedErrors.currency;
  if (paymentText !== undefined && typeof paymentText !== 'string') {
    return invalidRequest('paymentText', 'must be a string');
  }
  return operationStatus === undefined || oneOf(operationStatus, ['FAILED', 'SUCCESS'])
    ? undefined
    : invalidRequest('operationStatus', 'must be FAILED or SUCCESS');
}

function oneOf(value: unknown, allowed: readonly string[]): boolean {
  return typeof value === 'string' && allowed.includes(value);
}
