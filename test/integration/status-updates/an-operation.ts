import { type Database, inTransaction } from '../../../src/database/database.ts';
import { enqueueStatusUpdates } from '../../../src/status-updates/status-update-repository.ts';
import { type APayment } from '../../support/a-payment.ts';

export interface OperationTraits {
  readonly status?: 'CAPTURED' | 'CANCELLED' | 'REFUNDED';
  readonly amountMinor?: bigint;
  readonly operationStatus?: 'SUCCESS' | 'FAILED';
}

/** An operation that is done, and its report in the outbox, as one transaction. Answers its sequence. */
export function anOperation(
  database: Database,
  payment: APayment,
  traits: OperationTraits = {},
): Promise<number> {
  const { status = 'CAPTURED', amountMinor = 100n, operationStatus = 'SUCCESS' } = traits;
  return inTransaction(database, 'test', async (trx) => {
    const { rows } = await trx.raw<{ rows: readonly { readonly version: number }[] }>(
      'update payment set version = version + 1 where id = ? returning version',
      [payment.id],
    );
    const sequence = rows[0]?.version ?? 0;
    await trx('operation').insert({ payment_id: payment.id, sequence, event: status });
    const update = {
      paymentId: payment.id,
      sequence,
      msn: payment.msn,
      pspTransactionId: payment.pspTransactionId,
      status,
      amountMinor,
      currency: 'NOK',
      paymentText: 'A purchase',
      operationStatus,
    };
    await enqueueStatusUpdates(trx, [update]);
    return sequence;
  });
}

/** How many updates are in each state. */
export async function statesOf(database: Database): Promise<Readonly<Record<string, number>>> {
  const { rows } = await database.hot.query<{ state: string; count: bigint }>(
    'select state, count(*) from status_update group by state',
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
}

export interface LoggedEvent {
  readonly event: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What the payment's operation log says of its reports. */
export async function reportEventsOf(
  database: Database,
  payment: APayment,
): Promise<readonly LoggedEvent[]> {
  const { rows } = await database.hot.query<LoggedEvent>(
    `select event, detail from operation where payment_id = $1 and event like 'STATUS_UPDATE%'
     order by sequence`,
    [payment.id],
  );
  return rows;
}
