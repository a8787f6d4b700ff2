import { type Challenge, type Payment } from '../payment.ts';
import { type Simulation } from '../simulation.ts';
import { endOf } from './operations.ts';

/**
 * The app saw the page navigate to this address. Answers which end of the step-up it is; where it is
 * none the app does nothing, and the customer sits before a page that leads nowhere.
 */
export function pageEnded(
  simulation: Simulation,
  payment: Payment,
  url: string | undefined,
): Challenge['reached'] {
  const reached = url === undefined ? undefined : endOf(payment, url);
  const strayed = reached === undefined ? url : undefined;
  const { pspTransactionId } = payment;
  simulation.book.change(pspTransactionId, { challenge: { opened: true, reached, strayed } });
  simulation.settings.log.info({ event: 'challenge.ended', pspTransactionId, reached });
  return reached;
}
