import { z } from 'zod';
import { withoutCardNumbers } from '../../card-data/card-number-in-text.ts';
import { type HttpAnswer } from '../../http/exchange.ts';
import { readJson } from '../../http/read-json.ts';
import { type Money } from '../../shared/money.ts';

/** These two are stored and shown: an acquirer that puts the card there is not repeated. */
const traceText = z.string().max(64).transform(withoutCardNumbers).optional();

const transactionAnswer = z.object({
  reference: z.string(),
  approved: z.boolean(),
  responseCode: z.string().min(1).max(8),
  amount: z.number(),
  currency: z.string(),
  authorisationCode: traceText,
  rrn: traceText,
});

const reversalAnswer = z.object({
  reference: z.string(),
  acknowledged: z.boolean(),
  found: z.boolean(),
});

export type TransactionAnswer = z.infer<typeof transactionAnswer>;
export type ReversalAnswer = z.infer<typeof reversalAnswer>;

/** Undefined for anything but a whole answer of status 200 in the agreed form. */
export function readTransactionAnswer(answer: HttpAnswer): TransactionAnswer | undefined {
  return answer.status === 200
    ? transactionAnswer.safeParse(readJson(answer.body)).data
    : undefined;
}

export function readReversalAnswer(answer: HttpAnswer): ReversalAnswer | undefined {
  return answer.status === 200 ? reversalAnswer.safeParse(readJson(answer.body)).data : undefined;
}

/** The member of an answer that speaks of another message than ours, or undefined. */
export function mismatchIn(
  answer: TransactionAnswer,
  request: { readonly reference: string; readonly amount: Money },
): 'reference' | 'amount' | 'currency' | undefined {
  if (answer.reference !== request.reference) return 'reference';
  if (answer.amount !== Number(request.amount.minor)) return 'amount';
  return answer.currency === request.amount.currency ? undefined : 'currency';
}
