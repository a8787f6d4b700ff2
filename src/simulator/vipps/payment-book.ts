import { type Journal } from './journal.ts';
import { type Payment } from './payment.ts';

/** Every payment, found at once by each of its names. */
export interface PaymentBook {
  add(payment: Payment): void;
  /** Replaces members of a payment; answers the payment as it is now. */
  change(pspTransactionId: string, members: Partial<Payment>): Payment;
  find(pspTransactionId: string): Payment | undefined;
  findByLanding(landingToken: string): Payment | undefined;
  /** By Vipps' own id, which the addresses that a step-up ends at carry. */
  findByTransactionId(transactionId: string): Payment | undefined;
  hasOrder(msn: string, merchantOrderId: string): boolean;
  /** Newest first. */
  list(offset: number, limit: number): readonly Payment[];
  count(): number;
  clear(): void;
  /** Marks that an answer which may move the payment is awaited; false when one already is. */
  beginDeciding(pspTransactionId: string): boolean;
  endDeciding(pspTransactionId: string): void;
  isDeciding(pspTransactionId: string): boolean;
}

export function createPaymentBook(journal: Journal): PaymentBook {
  const byId = new Map<string, Payment>();
  const byLanding = new Map<string, string>();
  const byTransactionId = new Map<string, string>();
  const orders = new Set<string>();
  const inOrder: string[] = [];
  const deciding = new Set<string>();
  const orderKey = (msn: string, orderId: string): string => `${msn} ${orderId}`;

  function add(payment: Payment): void {
    byId.set(payment.pspTransactionId, payment);
    byLanding.set(payment.landingToken, payment.pspTransactionId);
    orders.add(orderKey(payment.merchantSerialNumber, payment.merchantOrderId));
    inOrder.push(payment.pspTransactionId);
    byTransactionId.set(transactionIdOf(payment), payment.pspTransactionId);
  }

  for (const payment of journal.payments) add(payment);

  return {
    add: (payment) => {
      add(payment);
      journal.payment(payment);
    },
    change: (pspTransactionId, members) => {
      const known = byId.get(pspTransactionId);
      if (!known) throw new Error(`no payment ${pspTransactionId}`);
      const changed = { ...known, ...members };
      byId.set(pspTransactionId, changed);
      journal.payment(changed);
      return changed;
    },
    find: (pspTransactionId) => byId.get(pspTransactionId),
    findByLanding: (landingToken) => byId.get(byLanding.get(landingToken) ?? ''),
    findByTransactionId: (id) => (id === '' ? undefined : byId.get(byTransactionId.get(id) ?? '')),
    hasOrder: (msn, orderId) => orders.has(orderKey(msn, orderId)),
    list: (offset, limit) => {
      const end = Math.max(0, inOrder.length - offset);
      const ids = inOrder.slice(Math.max(0, end - limit), end).reverse();
      return ids.flatMap((id) => byId.get(id) ?? []);
    },
    count: () => inOrder.length,
    clear: () => {
      for (const kept of [byId, byLanding, byTransactionId, orders, deciding]) kept.clear();
      inOrder.length = 0;
    },
    beginDeciding: (id) => !deciding.has(id) && Boolean(deciding.add(id)),
    endDeciding: (id) => {
      deciding.delete(id);
    },
    isDeciding: (id) => deciding.has(id),
  };
}

/** Empty for a payment from a data file of old. */
function transactionIdOf({ operations }: Payment): string {
  const [first] = operations ?? [];
  return (first && new URL(first.url).searchParams.get('transactionId')) ?? '';
}
