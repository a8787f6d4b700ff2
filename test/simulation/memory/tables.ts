import { type AcquirerMerchant } from '../../../src/acquirer/acquirer.ts';
import { type Delivery } from '../../../src/make-payment/leg-repository.ts';
import { type Reply } from '../../../src/make-payment/reply.ts';
import { type MerchantRules } from '../../../src/make-payment/ruled-out.ts';
import { type ModificationKind } from '../../../src/modifications/modification.ts';
import { type PaymentState } from '../../../src/payments/payment-state.ts';
import { type UserFlow } from '../../../src/payments/payment.ts';
import { type Rail } from '../../../src/payments/rail.ts';
import { type StepUpState } from '../../../src/payments/step-up-state.ts';
import { type StatusLine } from '../../../src/psp-api/psp-api.ts';
import { type Currency } from '../../../src/shared/money.ts';
import { Table, type Undo } from './table.ts';

export interface PaymentRow {
  readonly id: string;
  readonly msn: string;
  readonly reference: string;
  readonly referenceReleased: boolean;
  readonly rail: Rail;
  readonly pspTransactionId: string;
  readonly state: PaymentState;
  readonly version: number;
  readonly currency: Currency;
  readonly amountMinor: bigint;
  readonly authorisedMinor: bigint;
  readonly capturedMinor: bigint;
  readonly capturingMinor: bigint;
  readonly cancelledMinor: bigint;
  readonly cancellingMinor: bigint;
  readonly refundedMinor: bigint;
  readonly refundingMinor: bigint;
  readonly userFlow: UserFlow;
  readonly paymentText: string;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly redirectUrl: string | null;
  readonly bin: string | null;
  readonly scheme: string | null;
  readonly acquirerReference: string | null;
  readonly expiresAtMs: number;
  readonly authorisedAtMs: number | null;
}

export interface TransactionRow {
  readonly paymentId: string;
  readonly pspTransactionId: string;
  readonly merchantOrderId: string;
  readonly requestId: string;
  readonly makePaymentTokenHash: Buffer;
  readonly superseded: boolean;
}

export interface LegRow {
  readonly paymentId: string;
  readonly attempt: number;
  readonly leg: number;
  readonly pspTransactionId: string;
  readonly acquirerReference: string;
  readonly owner: string;
  readonly fence: number;
  readonly openedAtMs: number;
  readonly outcome: string | null;
  readonly reply: Reply | null;
  readonly delivery: Delivery;
}

export interface StepUpRow {
  readonly paymentId: string;
  readonly attempt: number;
  readonly leg: number;
  readonly state: StepUpState;
  readonly eci: string | null;
  readonly threeDsTransactionId: string | null;
  readonly sealedAuthenticationValue: Buffer | null;
  readonly expiresAtMs: number;
}

export interface ReversalRow {
  readonly paymentId: string;
  readonly attempt: number;
  readonly leg: number;
  readonly pspTransactionId: string;
  readonly originalReference: string;
  readonly ordinal: number;
  readonly state: 'DUE' | 'ACKNOWLEDGED';
  readonly reason: string;
  readonly authorisationSentAtMs: number;
  readonly orderedAtMs: number;
  readonly nextAttemptAtMs: number;
  readonly attempts: number;
  readonly owner: string | null;
  readonly leasedUntilMs: number | null;
  readonly fence: number;
}

export interface OperationRow {
  readonly paymentId: string;
  readonly sequence: number;
  readonly event: string;
  readonly amountMinor: bigint | null;
}

export interface MerchantEventRow {
  readonly paymentId: string;
  readonly sequence: number;
  readonly name: string;
  readonly amountMinor: bigint;
}

export interface ModificationRow {
  readonly paymentId: string;
  readonly operationId: string;
  readonly kind: ModificationKind;
  readonly amountMinor: bigint;
  readonly carriedOutBy: 'ADAPTER' | 'ELSEWHERE';
  readonly state: 'UNDER_WAY' | 'DONE' | 'REFUSED' | 'FAILED_ELSEWHERE';
  readonly acquirerReference: string | null;
  readonly responseCode: string | null;
  readonly contentHash: Buffer | null;
  readonly attempts: number;
  readonly nextAttemptAtMs: number | null;
  readonly owner: string | null;
  readonly leasedUntilMs: number | null;
  readonly fence: number;
}

export interface IdempotencyRow {
  readonly msn: string;
  readonly key: string;
  readonly operation: string;
  readonly fingerprint: Buffer;
  readonly paymentId: string | null;
  readonly answer: { readonly status: number; readonly body: string } | null;
  readonly owner: string | null;
  readonly claimedUntilMs: number | null;
  readonly fence: number;
  readonly createdAtMs: number;
}

export interface StatusUpdateRow {
  readonly paymentId: string;
  readonly sequence: number;
  readonly msn: string;
  readonly rail: Rail;
  readonly lane: number;
  readonly pspTransactionId: string;
  readonly status: StatusLine['status'];
  readonly amountMinor: bigint;
  readonly currency: Currency;
  readonly paymentText: string | null;
  readonly operationStatus: 'SUCCESS' | 'FAILED';
  readonly state: 'WAITING' | 'BATCHED' | 'ACCEPTED' | 'DEAD' | 'DISMISSED';
  readonly batchId: string | null;
  readonly position: number | null;
  readonly enqueuedAtMs: number;
}

export interface BatchRow {
  readonly msn: string;
  readonly rail: Rail;
  readonly id: string;
  readonly lane: number;
  readonly lines: number;
  readonly state: 'OPEN' | 'ACCEPTED' | 'DISSOLVED';
  readonly attempts: number;
  readonly refusedAttempts: number;
  readonly nextAttemptAtMs: number;
}

export interface LaneRow {
  readonly lane: number;
  readonly owner: string | null;
  readonly leasedUntilMs: number | null;
  readonly fence: bigint;
  readonly restUntilMs: number;
}

export interface QueueRow {
  readonly msn: string;
  readonly rail: Rail;
  readonly linesMax: number;
}

export interface MerchantTerms {
  readonly merchant: AcquirerMerchant;
  readonly rules: MerchantRules;
  readonly stepUpAllowed: boolean;
}

const lanes = 64;

/** The tables of the adapter, as far as its deeds read and write them. */
export function createTables(nowMs: () => number) {
  const undo: Undo = [];
  const table = <Row>(name: string, keyOf: (row: Row) => string, check?: (row: Row) => boolean) =>
    new Table<Row>({ name, keyOf, check, undo });
  const ofLeg = (row: { paymentId: string; attempt: number; leg: number }) =>
    `${row.paymentId}/${row.attempt}/${row.leg}`;
  const entry = (row: { paymentId: string; sequence: number }) =>
    `${row.paymentId}/${row.sequence}`;
  const tables = {
    /** By the clock of the database, which all copies of the service share. */
    nowMs,
    undo,
    merchants: new Map<string, MerchantTerms>(),
    payments: table<PaymentRow>('payment', ({ id }) => id, amountsHold),
    transactions: table<TransactionRow>(
      'psp_transaction',
      ({ pspTransactionId }) => pspTransactionId,
    ),
    legs: table<LegRow>('authorisation_leg', ofLeg),
    stepUps: table<StepUpRow>('step_up', ofLeg),
    reversals: table<ReversalRow>('reversal', ofLeg),
    operations: table<OperationRow>('operation', entry),
    events: table<MerchantEventRow>('merchant_event', entry),
    modifications: table<ModificationRow>(
      'modification',
      ({ paymentId, operationId }) => `${paymentId}/${operationId}`,
    ),
    idempotency: table<IdempotencyRow>('idempotency_record', ({ msn, key }) => `${msn}/${key}`),
    instances: table<{ readonly id: string; readonly heartbeatAtMs: number }>(
      'instance',
      ({ id }) => id,
    ),
    updates: table<StatusUpdateRow>('status_update', entry),
    batches: table<BatchRow>('status_update_batch', ({ msn, id }) => `${msn}/${id}`),
    lanes: table<LaneRow>('status_update_lane', ({ lane }) => String(lane)),
    queues: table<QueueRow>('status_update_queue', ({ msn, rail }) => `${msn}/${rail}`),
  };
  for (let lane = 0; lane < lanes; lane += 1) {
    const restUntilMs = nowMs();
    tables.lanes.add({ lane, owner: null, leasedUntilMs: null, fence: 0n, restUntilMs });
  }
  undo.length = 0;
  return tables;
}

export type Tables = ReturnType<typeof createTables>;

export function laneOf(msn: string): number {
  return Number(BigInt(msn) % BigInt(lanes));
}

/** The constraints of `payment` that hold its amounts. */
function amountsHold(row: PaymentRow): boolean {
  const { authorisedMinor, capturedMinor, capturingMinor, cancelledMinor, cancellingMinor } = row;
  const { refundedMinor, refundingMinor, amountMinor } = row;
  const taken = [capturedMinor, capturingMinor, cancelledMinor, cancellingMinor];
  return (
    [authorisedMinor, ...taken, refundedMinor, refundingMinor].every((minor) => minor >= 0n) &&
    authorisedMinor <= amountMinor &&
    refundedMinor + refundingMinor <= capturedMinor &&
    taken.reduce((sum, minor) => sum + minor, 0n) <= authorisedMinor
  );
}

/** Whether a copy of the service has shown no life for so long. */
export function isSilent(tables: Tables, owner: string | null, silentMs: number): boolean {
  const heartbeatAtMs = owner === null ? undefined : tables.instances.get(owner)?.heartbeatAtMs;
  return heartbeatAtMs === undefined || heartbeatAtMs <= tables.nowMs() - silentMs;
}

/** Writes an entry of the operation log, under the payment's new version. */
export function move(
  tables: Tables,
  payment: PaymentRow,
  change: Partial<PaymentRow>,
  entry: { readonly event: string; readonly amountMinor?: bigint; readonly tell?: string | null },
): PaymentRow {
  const moved = { ...payment, ...change, version: payment.version + 1 };
  const { event, amountMinor = payment.amountMinor, tell = null } = entry;
  const at = { paymentId: payment.id, sequence: moved.version };
  tables.payments.put(moved);
  tables.operations.add({ ...at, event, amountMinor });
  if (tell !== null) tables.events.add({ ...at, name: tell, amountMinor });
  return moved;
}
