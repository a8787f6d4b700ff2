import { type PaymentState } from '../payments/payment-state.ts';
import { type StepUpState } from '../payments/step-up-state.ts';
import { type StoredTimeline } from './timeline-repository.ts';

/** What the sentence is made from. */
export interface WhySource extends Pick<
  StoredTimeline,
  'operations' | 'stepUps' | 'modifications' | 'reversals'
> {
  readonly payment: Pick<StoredTimeline['payment'], 'state' | 'amounts' | 'currency'>;
  readonly statusUpdates: readonly { readonly state: string }[];
}

/** Why the payment is in the state that it is in, in a sentence or a few. */
export function whyOf(source: WhySource): string {
  const sentences = [sentenceOf[source.payment.state](source), ...openEnds(source)];
  return sentences.join(' ');
}

const sentenceOf: Readonly<Record<PaymentState, (source: WhySource) => string>> = {
  CREATED: ({ operations }) => waiting(operations),
  AUTHORISING: () => 'The customer has approved, and the acquirer has not answered yet.',
  ANSWERING: () => 'The acquirer has approved, and Vipps is being told.',
  STEP_UP: ({ stepUps }) =>
    `The issuer wants the customer to prove who they are. ${identification[stepUps.at(-1)?.state ?? 'CLOSED']}.`,
  REVERSING: ({ operations, reversals }) => {
    const due = reversals.find(({ state }) => state === 'DUE');
    const tries = due
      ? ` ${due.attempts} tries so far${due.lastAnswer === null ? '' : `, the last answered ${due.lastAnswer}`}.`
      : '';
    return `${unfinished(operations)} The authorisation is being reversed at the acquirer.${tries}`;
  },
  AUTHORISED: ({ payment }) => `The acquirer approved and Vipps was told.${settled(payment)}`,
  FAILED: ({ operations }) => failure(operations),
  ABORTED: (source) => ending(source),
  EXPIRED: (source) => ending(source),
  TERMINATED: (source) => ending(source),
};

/** How far a step-up has come. */
const identification: Readonly<Record<StepUpState, string>> = {
  OPEN: 'They have not gone on to their bank yet',
  ENTERED: 'They are at their bank',
  SUCCEEDED: 'They have, and Vipps has not called again yet',
  FAILED: 'Their bank did not recognise them',
  CANCELLED: 'They cancelled it',
  TIMED_OUT: 'They did not do so in time',
  CLOSED: 'Vipps gave the payment up',
};

type Operations = WhySource['operations'];

/** What moved the payment there: what came to it later changed nothing. */
function firstOf(operations: Operations, ...events: readonly string[]) {
  return operations.find(({ event }) => events.includes(event));
}

/** The last of the events named, with what it says of itself. */
function lastOf(operations: Operations, ...events: readonly string[]) {
  return operations.findLast(({ event }) => events.includes(event));
}

/** `reason`, `why` and `responseCode` of an entry, as far as it has them. */
function reasons(operation: Operations[number] | undefined): string {
  const { reason, why, responseCode } = operation?.detail ?? {};
  const parts = [reason, why, responseCode && `response code ${textOf(responseCode)}`];
  const given = parts.filter((part) => part !== undefined && part !== null).map(textOf);
  return given.length === 0 ? '' : ` (${given.join(', ')})`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function waiting(operations: Operations): string {
  const last = lastOf(operations, 'INITIATED', 'INIT_UNANSWERED');
  return last?.event === 'INIT_UNANSWERED'
    ? `Vipps has not said that it took the payment (${textOf(last.detail['failure'])}): the merchant may send the same request again.`
    : 'The customer has neither approved nor cancelled yet.';
}

function unfinished(operations: Operations): string {
  const last = lastOf(operations, 'NO_ANSWER', 'NOT_TOLD');
  return last?.event === 'NOT_TOLD'
    ? `The acquirer approved, but Vipps was not told in time${reasons(last)}.`
    : `What the acquirer did with the authorisation is not known${reasons(last)}.`;
}

function failure(operations: Operations): string {
  const end = firstOf(operations, 'REFUSED', 'DECLINED', 'CHALLENGE_FAILED', 'REVERSED');
  const why = reasons(end);
  if (end?.event === 'DECLINED') return `The authorisation was declined${why}.`;
  if (end?.event === 'CHALLENGE_FAILED') return `The customer could not be authenticated${why}.`;
  if (end?.event === 'REVERSED') {
    return `${unfinished(operations)} The acquirer acknowledged the reversal.`;
  }
  return firstOf(operations, 'SOFT_DECLINED')
    ? `After the step-up it was refused${why}.`
    : `It was refused before any authorisation${why}.`;
}

const endings: Readonly<Record<string, string>> = {
  USER_CANCELLED: 'The customer cancelled in the Vipps app',
  WALLET_FAILED: 'Vipps said that the payment failed on its side',
  TIMED_OUT: 'The customer did not act in time',
  MERCHANT_CANCELLED: 'The merchant gave the payment up before it was authorised',
};

function ending({ operations, stepUps }: WhySource): string {
  const end = firstOf(operations, ...Object.keys(endings));
  const stepUp = stepUps.at(-1)?.state;
  const sentence = `${endings[end?.event ?? ''] ?? 'It ended'}${reasons(end)}.`;
  if (stepUp === undefined) return sentence;
  return stepUp === 'CANCELLED'
    ? 'The issuer wanted the customer to prove who they are, and they cancelled it.'
    : `${sentence} The issuer had wanted the customer to prove who they are.`;
}

function settled({ amounts, currency }: WhySource['payment']): string {
  const moved = (['captured', 'cancelled', 'refunded'] as const)
    .filter((what) => amounts[what] > 0n)
    .map((what) => `${what} ${String(amounts[what])}`);
  if (moved.length === 0) return ' Nothing was captured yet.';
  return ` Of ${String(amounts.authorised)} (minor units of ${currency}): ${moved.join(', ')}.`;
}

/** What is not over, and somebody may have to look at. */
function openEnds({ modifications, reversals, statusUpdates, payment }: WhySource): string[] {
  const underWay = modifications.filter(({ state }) => state === 'UNDER_WAY');
  const dead = statusUpdates.filter(({ state }) => state === 'DEAD').length;
  const waiting = statusUpdates.filter(({ state }) => ['WAITING', 'BATCHED'].includes(state));
  const due = reversals.some(({ state }) => state === 'DUE') && payment.state !== 'REVERSING';
  return [
    ...underWay.map(
      ({ kind, attempts }) =>
        `The outcome of a ${kind.toLowerCase()} is not known yet, after ${attempts} tries.`,
    ),
    ...(due ? ['An authorisation of it is still being reversed.'] : []),
    ...(dead > 0 ? [`Vipps refused ${dead} of its reports, which hold back later ones.`] : []),
    ...(waiting.length > 0 ? [`${waiting.length} reports are on their way to Vipps.`] : []),
  ];
}
