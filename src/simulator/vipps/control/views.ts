import { maskedPan, type TestCard } from '../make-payment/test-cards.ts';
import { type Callback, type Payment } from '../payment.ts';
import { landingUrl } from '../psp/init-answer.ts';
import { type Simulation } from '../simulation.ts';
import { timestamp } from '../simulator-clock.ts';

/** A payment without its makePayment token. */
export function paymentView(simulation: Simulation, payment: Payment) {
  const { makePaymentToken, landingToken, callbacks, createdAtMs, log, ...members } = payment;
  return {
    ...members,
    hasMakePaymentToken: makePaymentToken !== undefined,
    landingUrl: landingUrl(simulation.publicUrl, landingToken),
    createdAt: timestamp(createdAtMs),
    callbacks: callbacks.map(callbackView),
    history: log,
  };
}

/** A call with its answer as bytes, as text and, where it can be read, as JSON. */
export function callbackView(callback: Callback) {
  const { bodyBase64, ...members } = callback;
  if (bodyBase64 === undefined) return members;
  const body = Buffer.from(bodyBase64, 'base64').toString('utf8');
  return { ...members, bodyBase64, body, answer: parsed(body) };
}

export function cardView(card: TestCard) {
  return { id: card.id, label: card.label, number: maskedPan(card.pan), expiry: card.expiry };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
