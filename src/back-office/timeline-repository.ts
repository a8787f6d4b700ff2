import { type Transaction, type Transactions } from '../database/database.ts';
import { type StepUpState } from '../payments/step-up-state.ts';
import { type SummaryRow, summaryColumns, summaryTables, toSummary } from './search-repository.ts';

/** Everything that is stored of one payment but for the reports to Vipps. */
export interface StoredTimeline {
  readonly payment: ReturnType<typeof toPayment>;
  readonly supersededIds: readonly Row[];
  readonly legs: readonly (Row & { readonly reply: string | null })[];
  readonly stepUps: readonly StepUpRow[];
  readonly operations: readonly OperationRow[];
  readonly modifications: readonly ModificationRow[];
  readonly reversals: readonly ReversalRow[];
  readonly merchantEvents: readonly (Row & { readonly pspReference: string })[];
}

type Row = Readonly<Record<string, unknown>>;

export interface OperationRow extends Row {
  readonly event: string;
  readonly detail: Row;
}

export interface StepUpRow extends Row {
  readonly state: StepUpState;
}

export interface ModificationRow extends Row {
  readonly kind: string;
  readonly state: string;
  readonly attempts: number;
}

export interface ReversalRow extends Row {
  readonly state: string;
  readonly reason: string;
  readonly attempts: number;
  readonly lastAnswer: string | null;
}

export interface TimelineRepository {
  /** By our own key, or by any id that Vipps knew the payment by; all of one moment. */
  find(id: string): Promise<StoredTimeline | undefined>;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function createTimelineRepository({ knex }: Transactions): TimelineRepository {
  return {
    find: (id) =>
      knex.transaction((trx) => read(trx, id), {
        isolationLevel: 'repeatable read',
        readOnly: true,
      }),
  };
}

async function read(trx: Transaction, id: string): Promise<StoredTimeline | undefined> {
  const condition = uuid.test(id)
    ? 'p.id = :id'
    : 'p.id = (select payment_id from psp_transaction where psp_transaction_id = :id)';
  const payments = await rowsOf<PaymentRow>(trx, `${paymentSql} where ${condition}`, id);
  const [payment] = payments;
  if (payment === undefined) return undefined;
  const all = <Found extends Row>(sql: string) => rowsOf<Found>(trx, sql, payment.id);
  return {
    payment: toPayment(payment),
    supersededIds: await all(supersededSql),
    legs: await all(legsSql),
    stepUps: await all(stepUpsSql),
    operations: await all(operationsSql),
    modifications: await all(modificationsSql),
    reversals: await all(reversalsSql),
    merchantEvents: await all(merchantEventsSql),
  };
}

async function rowsOf<Found>(trx: Transaction, sql: string, id: string) {
  const { rows } = await trx.raw<{ rows: readonly Found[] }>(sql, { id });
  return rows;
}

interface PaymentRow extends SummaryRow {
  readonly merchant_name: string;
  readonly reference_released: boolean;
  readonly rail: string;
  readonly user_flow: string;
  readonly payment_text: string;
  readonly metadata: Row | null;
  readonly acquirer_reference: string | null;
  readonly authorisation_code: string | null;
  readonly rrn: string | null;
  readonly response_code: string | null;
  readonly expires_at: Date;
}

const paymentSql = `select ${summaryColumns}, m.name as merchant_name, p.reference_released, p.rail,
    p.user_flow, p.payment_text, p.metadata, p.acquirer_reference, p.authorisation_code, p.rrn,
    p.response_code, p.expires_at
  ${summaryTables} join merchant m on m.msn = p.msn`;

function toPayment(row: PaymentRow) {
  return {
    ...toSummary(row),
    referenceReleased: row.reference_released,
    merchantName: row.merchant_name,
    rail: row.rail,
    userFlow: row.user_flow,
    paymentText: row.payment_text,
    metadata: row.metadata,
    acquirerReference: row.acquirer_reference,
    authorisationCode: row.authorisation_code,
    rrn: row.rrn,
    responseCode: row.response_code,
    expiresAt: row.expires_at,
  };
}

const supersededSql = `
  select psp_transaction_id as "pspTransactionId", merchant_order_id as "merchantOrderId",
    superseded_at as "supersededAt"
  from psp_transaction where payment_id = :id and superseded_at is not null order by superseded_at`;

const legsSql = `
  select attempt, leg, psp_transaction_id as "pspTransactionId",
    acquirer_reference as "acquirerReference", opened_at as "openedAt", outcome,
    response_code as "responseCode", reply, reply_status as "replyStatus", decided_at as "decidedAt",
    delivery, delivered_at as "deliveredAt"
  from authorisation_leg where payment_id = :id order by attempt, leg`;

// Neither the page's token nor the sealed proof: this is who did what when.
const stepUpsSql = `
  select attempt, leg, state, server_reference as "serverReference", eci,
    three_ds_transaction_id as "threeDsTransactionId", opened_at as "openedAt", expires_at as "expiresAt",
    entered_at as "enteredAt", ended_at as "endedAt"
  from step_up where payment_id = :id order by attempt, leg`;

const operationsSql = `
  select sequence, event, amount_minor as amount, detail, at
  from operation where payment_id = :id order by sequence`;

const modificationsSql = `
  select operation_id as "operationId", kind, amount_minor as amount, carried_out_by as "carriedOutBy",
    state, acquirer_reference as "acquirerReference", response_code as "responseCode", rrn, attempts,
    last_answer as "lastAnswer", next_attempt_at as "nextAttemptAt", begun_at as "begunAt",
    settled_at as "settledAt"
  from modification where payment_id = :id order by begun_at, operation_id`;

const reversalsSql = `
  select attempt, leg, original_reference as "originalReference", state, reason, attempts,
    last_answer as "lastAnswer", ordered_at as "orderedAt", next_attempt_at as "nextAttemptAt",
    acknowledged_at as "acknowledgedAt"
  from reversal where payment_id = :id order by attempt, leg`;

const merchantEventsSql = `
  select sequence, name, psp_reference as "pspReference", amount_minor as amount, success, at
  from merchant_event where payment_id = :id order by sequence`;
