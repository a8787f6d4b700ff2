import { z } from 'zod';
import { type HttpAnswer } from '../http/exchange.ts';
import { readJson } from '../http/read-json.ts';
import { type AmountSummary, type HistoryEntry, type PaymentDetails } from './psp-api.ts';

const text = z.string().optional().catch(undefined);
const amount = z.int().transform(BigInt).optional().catch(undefined);

const detailsAnswer = z.object({
  pspTransactionId: text,
  merchantOrderId: text,
  transactionSummary: z
    .object({
      capturedAmount: amount,
      remainingAmountToCapture: amount,
      refundedAmount: amount,
      remainingAmountToRefund: amount,
    })
    .catch({}),
  transactionLogHistory: z
    .array(
      z.object({
        amount,
        paymentText: text,
        timeStamp: text,
        operation: z.string().catch(''),
        operationSuccess: z.boolean().optional().catch(undefined),
      }),
    )
    .catch([]),
});

type Wire = z.infer<typeof detailsAnswer>;

/**
 * Reads as much as is there: an operation that no document names, a missing history and a missing
 * summary are all details of a payment. Undefined only where the answer is no JSON object.
 *
 * Source: Vipps PSP API v2 and v3, details.
 */
export function readDetailsAnswer(answer: HttpAnswer): PaymentDetails | undefined {
  const parsed = detailsAnswer.safeParse(readJson(answer.body));
  if (!parsed.success) return undefined;
  const { pspTransactionId, merchantOrderId, transactionSummary, transactionLogHistory } =
    parsed.data;
  return defined<PaymentDetails>({
    pspTransactionId,
    merchantOrderId,
    summary: summaryOf(transactionSummary),
    history: transactionLogHistory.map(entryOf),
  });
}

function summaryOf(wire: Wire['transactionSummary']): AmountSummary {
  return defined<AmountSummary>({
    captured: wire.capturedAmount,
    remainingToCapture: wire.remainingAmountToCapture,
    refunded: wire.refundedAmount,
    remainingToRefund: wire.remainingAmountToRefund,
  });
}

function entryOf(wire: Wire['transactionLogHistory'][number]): HistoryEntry {
  return defined<HistoryEntry>({
    operation: wire.operation,
    succeeded: wire.operationSuccess,
    amount: wire.amount,
    paymentText: wire.paymentText,
    timeStamp: wire.timeStamp,
  });
}

/** Leaves out the members that are undefined. */
function defined<Whole>(members: { readonly [Key in keyof Whole]: Whole[Key] | undefined }): Whole {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as Whole;
}
