import { type Payment } from '../payment.ts';
import { type Simulation } from '../simulation.ts';
import { makePayment } from './make-payment.ts';

const callsAtOnceMax = 32;

/**
 * Ends the payments whose user has run out of time. A user who had opened the payment gets the PSP
 * a TIMEOUT callback; one who never came does not, unless the settings say so (Vipps PSP API:
 * makePayment is not called for an order that nobody activated). Answers how many were called.
 */
export async function timeOutUsers(simulation: Simulation): Promise<number> {
  const due = simulation.deadlines.takeDue(simulation.clock.nowMs());
  const undecided = due.flatMap((id) => {
    const payment = simulation.book.find(id);
    return payment && isUndecided(simulation, payment) ? [payment] : [];
  });
  const toCall: string[] = [];
  for (const { pspTransactionId, activated } of undecided) {
    if (activated || simulation.settings.timeoutWithoutActivation) toCall.push(pspTransactionId);
    else simulation.book.change(pspTransactionId, { state: 'FAILED', failure: 'TIMEOUT' });
  }
  await callAll(simulation, toCall);
  return toCall.length;
}

async function callAll(simulation: Simulation, ids: readonly string[]): Promise<void> {
  for (let start = 0; start < ids.length; start += callsAtOnceMax) {
    const group = ids.slice(start, start + callsAtOnceMax);
    await Promise.all(group.map((id) => makePayment(simulation, id, { confirmed: 'TIMEOUT' })));
  }
}

function isUndecided(simulation: Simulation, payment: Payment): boolean {
  if (simulation.book.isDeciding(payment.pspTransactionId)) return false;
  return payment.state === 'INITIATED' || payment.state === 'CHALLENGE';
}
