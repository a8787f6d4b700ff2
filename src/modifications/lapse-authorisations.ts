import { inTransaction, type Transaction, type Transactions } from '../database/database.ts';
import { modificationReferenceOf } from '../payments/references.ts';
import { type Clock } from '../shared/clock.ts';
import { type Log } from '../shared/log.ts';
import { type Periodic, startPeriodic } from '../shared/periodic.ts';
import { judgeModification } from './judge-modification.ts';
import { type ModificationStore } from './modification-store.ts';
import { remainderMinor } from './modification.ts';

/** For how many days an issuer holds an authorisation, by scheme; OTHER for the rest. */
export type AuthorisationDays = Readonly<Record<string, number>> & { readonly OTHER: number };

interface Dependencies {
  readonly database: Transactions;
  readonly store: ModificationStore;
  readonly instanceId: string;
  readonly authorisationDays: AuthorisationDays;
  readonly clock: Clock;
  readonly log: Log;
}

const everyMs = 60_000;
const batchSizeMax = 200;
const alarmDaysBefore = 1;

/** There is one for a payment: should the acquirer refuse it, people decide. */
const lapseOperationId = 'lapse';

/**
 * Gives up what an issuer will not hold any longer: an alarm a day before, then a void of all that was
 * not captured, which the completer carries out and reports as CANCELLED.
 */
export function startLapse(dependencies: Dependencies): Periodic {
  const { clock, log } = dependencies;
  return startPeriodic({
    name: 'lapse',
    everyMs,
    run: () => lapseAuthorisations(dependencies),
    clock,
    log,
  });
}

export async function lapseAuthorisations(
  dependencies: Omit<Dependencies, 'clock'>,
): Promise<void> {
  const { database, store, authorisationDays, log } = dependencies;
  const near = await inTransaction(database, 'lapse-alarm', (trx) =>
    store.noteNearLapse(trx, { authorisationDays, alarmDaysBefore, limit: batchSizeMax }),
  );
  for (const payment of near) log.warn({ event: 'authorisation.lapses-soon', ...payment });

  const lapsed = await inTransaction(database, 'lapse-find', (trx) =>
    store.findLapsed(trx, {
      authorisationDays,
      operationId: lapseOperationId,
      limit: batchSizeMax,
    }),
  );
  for (const paymentId of lapsed) {
    const isBegun = await inTransaction(database, 'lapse-begin', (trx) =>
      beginVoid(dependencies, trx, paymentId),
    );
    if (isBegun) log.warn({ event: 'authorisation.lapsed', paymentId });
  }
}

/** The payment may have changed since it was found: its lock decides. */
async function beginVoid(
  { instanceId, store }: Pick<Dependencies, 'instanceId' | 'store'>,
  trx: Transaction,
  paymentId: string,
): Promise<boolean> {
  const payment = await store.lockPaymentById(trx, paymentId);
  if (payment?.state !== 'AUTHORISED') return false;
  const wish = { kind: 'CANCEL', onlyBeforeAuthorisation: false } as const;
  const refusal = judgeModification(payment, wish);
  // That merchants may no longer cancel does not make the issuer hold it longer.
  if (refusal !== undefined && refusal !== 'CANCEL_TOO_LATE') return false;
  const begun = await store.beginModification(trx, {
    paymentId,
    operationId: lapseOperationId,
    kind: wish.kind,
    amountMinor: remainderMinor(payment),
    acquirerReference: modificationReferenceOf(payment.pspTransactionId, lapseOperationId),
    idempotencyKey: null,
    reason: 'LAPSED',
    owner: instanceId,
    // Nobody works on it yet: the completer may take it at once.
    leaseMs: 0,
    attempts: 0,
  });
  return begun !== undefined;
}
