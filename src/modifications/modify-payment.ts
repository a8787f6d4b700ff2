import { type Acquirer } from '../acquirer/acquirer.ts';
import { inTransaction, type Transaction } from '../database/database.ts';
import {
  type Claim,
  type IdempotentCall,
  sticks,
  type StoredAnswer,
} from '../idempotency/idempotent-call.ts';
import {
  type IdempotencyDependencies,
  waitForRivalMsMax,
  withClaim,
  type Worked,
} from '../idempotency/with-claim.ts';
import { messageOf } from '../shared/errors.ts';
import { type Log } from '../shared/log.ts';
import { askAcquirer, type ModificationTiming } from './ask-acquirer.ts';
import { beginOrRefuse } from './begin-modification.ts';
import { type Wish } from './judge-modification.ts';
import { type ModificationResult, resultNow } from './modification-result.ts';
import { type ModificationStore } from './modification-store.ts';
import { type ModificationWork } from './modification-work.ts';
import { settleModification } from './settle-modification.ts';

export interface ModificationOrder {
  readonly msn: string;
  readonly reference: string;
  readonly wish: Wish;
  /** Absent only where a merchant cancels without a key. */
  readonly call: IdempotentCall | null;
  /** The answer in the caller's words: it is stored with the outcome, in one transaction. */
  readonly answerOf: (result: ModificationResult) => StoredAnswer;
}

export type Modified = Exclude<Worked<StoredAnswer>, { kind: 'WORKED' }>;

/**
 * Captures, cancels or refunds, once for its idempotency key: sets the amount aside, asks the acquirer
 * with no transaction open, and writes down what came of it together with the merchant's answer.
 * Where the acquirer's answer stays away, the amount stays set aside; the completer repeats the
 * message, and the next request with the key hears how it ended.
 */
export type ModifyPayment = (order: ModificationOrder) => Promise<Modified>;

export interface ModifyPaymentDependencies {
  readonly idempotency: IdempotencyDependencies;
  readonly store: ModificationStore;
  readonly acquirer: Acquirer;
  readonly timing: ModificationTiming;
  readonly log: Log;
}

export function createModifyPayment(dependencies: ModifyPaymentDependencies): ModifyPayment {
  const { clock } = dependencies.idempotency;

  return async (order) => {
    const untilMs = clock.monotonicMs() + waitForRivalMsMax;
    for (;;) {
      const begun = await once(dependencies, order, untilMs, (trx, claim) =>
        begin(dependencies, order, trx, claim),
      );
      if (begun.kind !== 'WORKED') return begun;
      if (begun.result.kind === 'ANSWERED') return begun.result;
      const answer = await carryOut(dependencies, order, begun.result);
      // Somebody took the request over: theirs is the answer, and it is waited for.
      if (answer !== undefined) return { kind: 'ANSWERED', answer };
    }
  };
}

interface Begun {
  readonly kind: 'BEGUN';
  readonly claim: Claim | null;
  readonly work: ModificationWork;
}

type Beginning = Begun | { readonly kind: 'ANSWERED'; readonly answer: StoredAnswer };

/** Without a key every request is a request of its own. */
async function once(
  { idempotency }: ModifyPaymentDependencies,
  { call }: ModificationOrder,
  untilMs: number,
  work: (trx: Transaction, claim: Claim | null) => Promise<Beginning>,
): Promise<Worked<Beginning>> {
  if (call !== null) return withClaim(idempotency, call, untilMs, work);
  return {
    kind: 'WORKED',
    result: await inTransaction(idempotency.database, 'modification-begin-without-key', (trx) =>
      work(trx, null),
    ),
  };
}

async function begin(
  dependencies: ModifyPaymentDependencies,
  order: ModificationOrder,
  trx: Transaction,
  claim: Claim | null,
): Promise<Beginning> {
  const { idempotency, store, timing } = dependencies;
  const begun = await beginOrRefuse(trx, {
    ...order,
    store,
    idempotencyKey: order.call?.key ?? null,
    owner: idempotency.instanceId,
    leaseMs: timing.leaseMs,
  });
  if (begun.kind === 'BEGUN') return { kind: 'BEGUN', claim, work: begun.work };
  const answer = order.answerOf(begun.result);
  await keep(dependencies, trx, claim, answer);
  return { kind: 'ANSWERED', answer };
}

/** Undefined when the request was taken over in the meantime; the outcome is written down all the same. */
async function carryOut(
  dependencies: ModifyPaymentDependencies,
  order: ModificationOrder,
  { work, claim }: Begun,
): Promise<StoredAnswer | undefined> {
  const { acquirer, idempotency, store, timing, log } = dependencies;
  const { paymentId, operationId, kind } = work;
  const signal = idempotency.clock.abortAfter(timing.answerWithinMs);
  try {
    const outcome = await askAcquirer(acquirer, work, signal);
    log.info({ event: 'modification.answered', paymentId, operationId, kind, outcome });
    return await inTransaction(idempotency.database, 'modification-settle', async (trx) => {
      const isOurs = claim === null || (await idempotency.repository.holds(trx, claim));
      await settleModification(trx, store, work, outcome);
      if (!isOurs) return undefined;
      const answer = order.answerOf(await resultNow(trx, store, work));
      await keep(dependencies, trx, claim, answer);
      return answer;
    });
  } catch (error) {
    log.error({ event: 'modification.interrupted', paymentId, reason: messageOf(error) });
    await letGo(dependencies, claim).catch(() => undefined);
    throw error;
  }
}

async function keep(
  { idempotency: { repository } }: ModifyPaymentDependencies,
  trx: Transaction,
  claim: Claim | null,
  answer: StoredAnswer,
): Promise<void> {
  if (claim === null) return;
  if (sticks(answer.status)) await repository.finish(trx, claim, answer);
  else await repository.release(trx, claim);
}

/** The amount stays set aside for the completer; the key is free for the merchant to ask again. */
async function letGo(
  { idempotency: { database, repository } }: ModifyPaymentDependencies,
  claim: Claim | null,
): Promise<void> {
  if (claim !== null)
    await inTransaction(database, 'modification-release', (trx) => repository.release(trx, claim));
}
