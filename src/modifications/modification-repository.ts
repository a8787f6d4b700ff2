import { type Transaction } from '../database/database.ts';
import { type PaymentState } from '../payments/payment-state.ts';
import { lockPayment } from './locked-payment-repository.ts';
import { type LockedPayment } from './modification.ts';

export interface Termination {
  readonly paymentId: string;
  readonly toState: PaymentState;
  readonly idempotencyKey: string | null;
}

export interface ModificationRepository {
  /** The payment with its row locked until the transaction ends; undefined when there is none. */
  lock(trx: Transaction, msn: string, reference: string): Promise<LockedPayment | undefined>;
  /** Ends a locked payment that was not authorised yet. */
  terminate(trx: Transaction, termination: Termination): Promise<void>;
}

export const modificationRepository: ModificationRepository = {
  lock: lockPayment,
  terminate: async (trx, { paymentId, toState, idempotencyKey }) => {
    await trx.raw(terminateSql, { paymentId, toState, idempotencyKey });
  },
};

const terminateSql = `
  with moved as (
    update payment p set state = :toState, version = p.version + 1 where p.id = :paymentId
    returning p.id, p.version, p.amount_minor
  ), logged as (
    insert into operation (payment_id, sequence, event, amount_minor)
    select id, version, 'MERCHANT_CANCELLED', amount_minor from moved
  )
  insert into merchant_event (payment_id, sequence, name, amount_minor, idempotency_key)
  select id, version, 'TERMINATED', amount_minor, cast(:idempotencyKey as text) from moved`;
