import { type Callback, type Payment } from '../payment.ts';
import { type Simulation } from '../simulation.ts';
import { timestamp } from '../simulator-clock.ts';
import { type CallbackOrder, OrderRefused, type PaidWith } from './callback-order.ts';
import { cardName, composeCallback, sendsOperations } from './compose-callback.ts';
import { type Judgement, judgeAnswer } from './judge-answer.ts';
import { type OutgoingCallback, sendCallback, type Sent } from './send-callback.ts';

/**
 * Sends makePayment as ordered, as often as ordered, and answers what came of each call. The
 * first call moves the payment, if nothing has decided it before and no other call is about to;
 * what comes later never overrides a result (Vipps PSP API, duplicate callbacks). What the customer
 * pays with is kept for the call after a step-up.
 */
export async function makePayment(
  simulation: Simulation,
  pspTransactionId: string,
  given: CallbackOrder,
): Promise<readonly Callback[]> {
  const payment = simulation.book.find(pspTransactionId);
  if (!payment) throw new OrderRefused(`no payment ${pspTransactionId}`);
  const order = { ...simulation.wallet.get(pspTransactionId), ...given };
  const calls = composeAll(simulation, payment, order);
  const decides = beginDeciding(simulation, payment, order);
  if (decides) simulation.wallet.set(pspTransactionId, paidWith(order));
  const one = (call: OutgoingCallback, index: number): Promise<Callback> =>
    makeOneCall(simulation, { payment, order, call, decides: decides && index === 0 });
  try {
    if (order.concurrent === true) return await Promise.all(calls.map(one));
    const callbacks: Callback[] = [];
    for (const [index, call] of calls.entries()) callbacks.push(await one(call, index));
    return callbacks;
  } finally {
    if (decides) simulation.book.endDeciding(pspTransactionId);
  }
}

function paidWith({ card, paymentInstrument }: CallbackOrder): PaidWith {
  return {
    ...(card === undefined ? {} : { card }),
    ...(paymentInstrument === undefined ? {} : { paymentInstrument }),
  };
}

function composeAll(
  simulation: Simulation,
  payment: Payment,
  order: CallbackOrder,
): readonly OutgoingCallback[] {
  const first = composeCallback(simulation, payment, order);
  const again = (): OutgoingCallback =>
    order.sameBytes === true ? first : composeCallback(simulation, payment, order);
  return [first, ...Array.from({ length: order.duplicates ?? 0 }, again)];
}

function beginDeciding(simulation: Simulation, payment: Payment, order: CallbackOrder): boolean {
  const mayDecide = order.decides ?? order.forge === undefined;
  const isOpen = payment.state === 'INITIATED' || payment.state === 'CHALLENGE';
  return mayDecide && isOpen && simulation.book.beginDeciding(payment.pspTransactionId);
}

type OneCall = {
  readonly payment: Payment;
  readonly order: CallbackOrder;
  readonly call: OutgoingCallback;
  readonly decides: boolean;
};

async function makeOneCall(simulation: Simulation, one: OneCall): Promise<Callback> {
  const { payment, order, call, decides } = one;
  const { clock, log, allowLoopbackCallbacks } = simulation.settings;
  const sentAt = timestamp(simulation.clock.nowMs());
  const startMs = clock.monotonicMs();
  const patienceMs = order.patienceMs ?? simulation.dials.callbackPatienceMs;
  const sent = await sendCallback(call, patienceMs, simulation.stopping.signal);
  const durationMs = Math.round(clock.monotonicMs() - startMs);
  const { confirmed } = order;
  const judgement = judgeAnswer(sent, { payment, confirmed, decides, allowLoopbackCallbacks });
  const { pspTransactionId } = payment;
  const recorded = record(simulation, pspTransactionId, {
    confirmed,
    card: cardName(simulation, order),
    url: call.url,
    decides,
    sentAt,
    durationMs,
    ...answerOf(sent),
    verdict: judgement.verdict,
    reason: judgement.reason,
    remarks: judgement.remarks,
  });
  if (decides) {
    const sentOperations = sendsOperations(simulation, payment, order);
    decide(simulation, pspTransactionId, { ...judgement, sentOperations });
  }
  const { outcome, verdict } = recorded;
  log.info({
    event: 'makePayment.sent',
    pspTransactionId,
    confirmed,
    outcome,
    verdict,
    durationMs,
  });
  return recorded;
}

function record(
  simulation: Simulation,
  pspTransactionId: string,
  callback: Omit<Callback, 'number'>,
): Callback {
  const payment = simulation.book.find(pspTransactionId);
  // A reset in the meantime has forgotten the payment; the caller is still told.
  if (!payment) return { number: 1, ...callback };
  const recorded = { number: payment.callbacks.length + 1, ...callback };
  simulation.book.change(pspTransactionId, { callbacks: [...payment.callbacks, recorded] });
  return recorded;
}

type RecordedAnswer = Pick<
  Callback,
  'outcome' | 'problem' | 'httpStatus' | 'contentType' | 'bodyBase64'
>;

function answerOf(sent: Sent): RecordedAnswer {
  if (sent.outcome === 'ANSWERED') {
    const { outcome, httpStatus, contentType, body } = sent;
    const bodyBase64 = body.toString('base64');
    return { outcome, problem: undefined, httpStatus, contentType, bodyBase64 };
  }
  const nothing = { httpStatus: undefined, contentType: undefined, bodyBase64: undefined };
  return { outcome: sent.outcome, problem: sent.problem, ...nothing };
}

function decide(
  simulation: Simulation,
  pspTransactionId: string,
  judgement: Judgement & { readonly sentOperations: boolean },
): void {
  if (!simulation.book.find(pspTransactionId)) return;
  const { verdict, reason, url3dSecure, sentOperations } = judgement;
  simulation.book.change(pspTransactionId, {
    state: verdict,
    failure: reason,
    ...(url3dSecure === undefined ? {} : { url3dSecure, sentOperations }),
  });
}
