import { authenticate, type Authentication } from '../challenge/authenticate.ts';
import { type CallbackOrder, OrderRefused } from '../make-payment/callback-order.ts';
import { makePayment } from '../make-payment/make-payment.ts';
import { timeOutUsers } from '../make-payment/time-out-users.ts';
import { type Rule } from '../misbehaviour.ts';
import { type Payment } from '../payment.ts';
import { merchantFrom, type MerchantOptions, type OaepHash, readPublicKey } from '../settings.ts';
import { resetSimulation, type Simulation } from '../simulation.ts';
import { type BatchResult, runNightlyBatch } from '../status-updates/nightly-batch.ts';
import { callbackView, paymentView } from './views.ts';

export type VippsSimulatorControl = ReturnType<typeof createControl>;

/** What a test, or the control API, can make the simulated Vipps do. */
export function createControl(simulation: Simulation) {
  return {
    ...paymentControl(simulation),
    ...worldControl(simulation),
  };
}

function paymentControl(simulation: Simulation) {
  const { book } = simulation;
  const view = (payment: Payment) => paymentView(simulation, payment);
  const fire = async (pspTransactionId: string, order: CallbackOrder) => {
    const callbacks = await makePayment(simulation, pspTransactionId, order);
    const state = book.find(pspTransactionId)?.state;
    return { pspTransactionId, state, callbacks: callbacks.map(callbackView) };
  };
  /** What the user does in the app counts as having opened the payment. */
  const touch = (id: string, userAction: NonNullable<Payment['userAction']>) =>
    view(change(simulation, id, { activated: true, userAction }));

  return {
    payment: (id: string) => {
      const payment = book.find(id);
      return payment && view(payment);
    },
    payments: (offset = 0, limit = 100) => book.list(offset, limit).map(view),
    paymentCount: () => book.count(),
    /** Fires makePayment; resolves when every call was answered or cut. */
    fire,
    approve: async (id: string, order: Partial<CallbackOrder> = {}) => {
      touch(id, 'PAY');
      return fire(id, { confirmed: 'YES', ...order });
    },
    cancel: async (id: string, order: Partial<CallbackOrder> = {}) => {
      touch(id, 'CANCEL');
      return fire(id, { confirmed: 'CANCEL', ...order });
    },
    timeout: (id: string, order: Partial<CallbackOrder> = {}) =>
      fire(id, { confirmed: 'TIMEOUT', ...order }),
    no: (id: string, order: Partial<CallbackOrder> = {}) => fire(id, { confirmed: 'NO', ...order }),
    /** The user has opened the payment and does nothing: TIMEOUT follows when the time is up. */
    ignore: (id: string) => touch(id, 'IGNORE'),
    /** Plays the step-up of a payment whose PSP asked for one, to the end and the second call. */
    authenticate: async (id: string, order: Partial<Authentication> = {}) => {
      const { callbacks, ...end } = await authenticate(simulation, id, order);
      return { ...end, callbacks: callbacks.map(callbackView) };
    },
    activate: (id: string) => view(change(simulation, id, { activated: true })),
  };
}

function change(simulation: Simulation, id: string, members: Partial<Payment>): Payment {
  if (!simulation.book.find(id)) throw new OrderRefused(`no payment ${id}`);
  return simulation.book.change(id, members);
}

function worldControl(simulation: Simulation) {
  const { dials, tokens, misbehaviour, updates, requests, clock, merchants } = simulation;
  return {
    setPspPublicKey: (pem: string): void => {
      dials.pspPublicKey = readPublicKey(pem);
    },
    setOaepHash: (hash: OaepHash): void => {
      dials.oaepHash = hash;
    },
    setCallbackPatience: (ms: number): void => {
      dials.callbackPatienceMs = ms;
    },
    setMerchant: (merchant: MerchantOptions): void => {
      merchants.set(merchant.msn, merchantFrom({ ...merchants.get(merchant.msn), ...merchant }));
    },
    misbehave: (rule: Rule): void => {
      misbehaviour.order(rule);
    },
    behave: (): void => {
      misbehaviour.clear();
    },
    rules: () => misbehaviour.list(),
    expireTokens: (): void => {
      tokens.expireAll();
    },
    runNightlyBatch: (): BatchResult => runNightlyBatch(simulation),
    /** Moves the clock; resolves when every TIMEOUT that became due was answered. */
    advanceClock: async (seconds: number): Promise<{ readonly timeoutsSent: number }> => {
      clock.advance(seconds);
      return { timeoutsSent: await timeOutUsers(simulation) };
    },
    nowMs: () => clock.nowMs(),
    statusUpdates: (offset = 0, limit = 100) => updates.list(offset, limit),
    statusUpdateCounts: () => ({ received: updates.count(), waiting: updates.waitingCount() }),
    requests: () => requests.list(),
    reset: (): void => {
      resetSimulation(simulation);
    },
  };
}
