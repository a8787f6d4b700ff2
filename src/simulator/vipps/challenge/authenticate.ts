import { type CallbackOrder, OrderRefused } from '../make-payment/callback-order.ts';
import { makePayment } from '../make-payment/make-payment.ts';
import { type Callback, type Payment } from '../payment.ts';
import { type Simulation } from '../simulation.ts';
import {
  endOf,
  fixedInterceptUrl,
  interceptPath,
  operationOf,
  type ResponseCode,
} from './operations.ts';
import { pageEnded } from './page-ended.ts';
import { type Walk, walkPages } from './walk-pages.ts';

export type Authentication = Omit<CallbackOrder, 'confirmed'> & {
  /** What the second call says; YES without it. */
  readonly confirmed?: CallbackOrder['confirmed'] | undefined;
  readonly responsecode: ResponseCode;
  readonly walk: boolean;
  readonly secondCall: boolean;
};

export type Authenticated = {
  readonly pspTransactionId: string;
  readonly state: Payment['state'] | undefined;
  readonly reached: NonNullable<Payment['challenge']>['reached'];
  /** Where the pages ended, right or wrong. */
  readonly finalUrl: string | undefined;
  readonly problem: string | undefined;
  readonly pages: number;
  readonly callbacks: readonly Callback[];
};

/**
 * The customer's way through the step-up, without a browser: opens the PSP's page with no cookies
 * and no scripts, presses what leads to the wished end, and stops where a redirect leads to an
 * address at which the app takes over. Then, like Vipps, calls makePayment again.
 */
export async function authenticate(
  simulation: Simulation,
  pspTransactionId: string,
  order: Partial<Authentication>,
): Promise<Authenticated> {
  const { payment, url3dSecure } = challengeOf(simulation, pspTransactionId);
  const { responsecode, walk, secondCall, ...call } = { ...usual, ...order };
  const walked = walk
    ? await walkPages(url3dSecure, responsecode, {
        isEnd: (url) => endOf(payment, url) !== undefined || url.includes(interceptPath),
        signal: simulation.stopping.signal,
      })
    : pretended(payment, responsecode);
  const reached = pageEnded(simulation, payment, walked.finalUrl);
  const callbacks =
    reached !== undefined && secondCall
      ? await makePayment(simulation, pspTransactionId, {
          ...call,
          confirmed: call.confirmed ?? 'YES',
        })
      : [];
  const state = simulation.book.find(pspTransactionId)?.state;
  return { pspTransactionId, state, reached, ...walked, callbacks };
}

const usual = { responsecode: 'OK', walk: true, secondCall: true } as const;

function challengeOf(simulation: Simulation, pspTransactionId: string) {
  const payment = simulation.book.find(pspTransactionId);
  if (!payment) throw new OrderRefused(`no payment ${pspTransactionId}`);
  const { state, url3dSecure } = payment;
  if (state !== 'CHALLENGE' || url3dSecure === undefined) {
    throw new OrderRefused('the PSP has asked for no step-up of this payment');
  }
  return { payment, url3dSecure };
}

function pretended(payment: Payment, responsecode: ResponseCode): Walk {
  const wished = operationOf(responsecode);
  const operation = payment.operations?.find((each) => each.operation === wished);
  const finalUrl = payment.sentOperations ? operation?.url : fixedInterceptUrl;
  return { finalUrl, problem: undefined, pages: 0 };
}
