import { type Database } from '../database/database.ts';

/** One entry of the operation log: what happened to a payment, when, and why. */
export interface TimelineEntry {
  readonly sequence: number;
  readonly event: string;
  readonly amountMinor: bigint | null;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

export interface PaymentSummary {
  readonly reference: string;
  readonly amountMinor: bigint;
  readonly state: string;
  readonly createdAt: Date;
}

export interface TimelineRepository {
  /** The merchant's newest payments. */
  recent(msn: string, limit: number): Promise<readonly PaymentSummary[]>;
  /** Everything that happened to the payment, in order; empty for one that is not the merchant's. */
  ofReference(msn: string, reference: string): Promise<readonly TimelineEntry[]>;
}

interface OperationRow {
  readonly sequence: number;
  readonly event: string;
  readonly amount_minor: bigint | null;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

interface PaymentRow {
  readonly msn: string;
  readonly reference: string;
  readonly amount_minor: bigint;
  readonly state: string;
  readonly created_at: Date;
}

export function createTimelineRepository({ knex }: Pick<Database, 'knex'>): TimelineRepository {
  return {
    recent: async (msn, limit) => {
      const rows = await knex<PaymentRow>('payment')
        .where({ msn })
        .orderBy('created_at', 'desc')
        .limit(limit)
        .select('reference', 'amount_minor', 'state', 'created_at');
      return rows.map((row) => ({
        reference: row.reference,
        amountMinor: row.amount_minor,
        state: row.state,
        createdAt: row.created_at,
      }));
    },
    ofReference: async (msn, reference) => {
      const rows = await knex<OperationRow>('operation')
        .join('payment', 'payment.id', 'operation.payment_id')
        .where({ 'payment.msn': msn, 'payment.reference': reference })
        .orderBy('operation.payment_id')
        .orderBy('operation.sequence')
        .select<OperationRow[]>(
          'operation.sequence',
          'operation.event',
          'operation.amount_minor',
          'operation.detail',
          'operation.at',
        );
      return rows.map((row) => ({
        sequence: row.sequence,
        event: row.event,
        amountMinor: row.amount_minor,
        detail: row.detail,
        at: row.at,
      }));
    },
  };
}
