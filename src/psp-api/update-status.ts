import { z } from 'zod';
import { type HttpAnswer } from '../http/exchange.ts';
import { readJson } from '../http/read-json.ts';
import { type StatusLine, type UpdateStatusOutcome } from './psp-api.ts';
import { jsonAmount } from './wire-amount.ts';

/**
 * The body of updatestatus, in the order given: the order of one payment's operations is kept.
 *
 * Source: Vipps PSP API v2 and v3, TransactionInfo.
 */
export function updateStatusBody(
  transactions: readonly StatusLine[],
): Readonly<Record<string, unknown>> {
  return {
    transactions: transactions.map((line) => ({
      pspTransactionId: line.pspTransactionId,
      status: line.status,
      amount: jsonAmount(line.amount),
      currency: line.amount.currency,
      paymentText: line.paymentText ?? undefined,
      operationStatus: line.operationStatus ?? undefined,
    })),
  };
}

const text = z.union([z.string(), z.number()]).transform(String).optional().catch(undefined);
const flat = z.object({ responseCode: text, responseMessage: text });
const nested = z.object({ responseInfo: flat }).transform((wire) => wire.responseInfo);
const updateStatusAnswer = z.union([nested, flat]).catch({});

/**
 * Any whole answer of status 200 means that Vipps took the lines. The code is nested since 2019
 * and was flat before.
 */
export function readUpdateStatusAnswer(
  answer: HttpAnswer,
): Extract<UpdateStatusOutcome, { kind: 'ACCEPTED' }> {
  const { responseCode, responseMessage } = updateStatusAnswer.parse(readJson(answer.body));
  return {
    kind: 'ACCEPTED',
    ...(responseCode !== undefined && { responseCode }),
    ...(responseMessage !== undefined && { responseMessage }),
  };
}
