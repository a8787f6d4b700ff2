import { inTransaction, type Transaction, type Transactions } from '../database/database.ts';
import { type Clock } from '../shared/clock.ts';
import { type IdempotencyRepository } from './idempotency-repository.ts';
import { type Claim, type IdempotentCall, type StoredAnswer } from './idempotent-call.ts';

export interface IdempotencyDependencies {
  readonly database: Transactions;
  readonly repository: IdempotencyRepository;
  /** Whoever works on a call is known by the copy of the service that it runs on. */
  readonly instanceId: string;
  readonly clock: Clock;
}

export type Worked<Result> =
  | { readonly kind: 'WORKED'; readonly result: Result }
  | { readonly kind: 'ANSWERED'; readonly answer: StoredAnswer }
  | { readonly kind: 'OTHER_REQUEST' }
  /** Another request with the key was still under way when the wait was over. */
  | { readonly kind: 'BUSY' };

/** How long a request waits for the answer of an equal one that came first. */
export const waitForRivalMsMax = 10_000;

const pollEveryMs = 100;

/**
 * Runs the work once for the key, in the transaction that takes the claim; waits where somebody
 * else has it, and brings the stored answer where there is one.
 */
export async function withClaim<Result>(
  dependencies: IdempotencyDependencies,
  call: IdempotentCall,
  untilMs: number,
  work: (trx: Transaction, claim: Claim) => Promise<Result>,
): Promise<Worked<Result>> {
  const { database, repository, instanceId, clock } = dependencies;
  for (;;) {
    const turn = await inTransaction(database, 'idempotency-claim', async (trx) => {
      const claimed = await repository.claim(trx, call, instanceId);
      if (claimed.kind !== 'CLAIMED') return claimed;
      return { kind: 'WORKED', result: await work(trx, claimed.claim) } as const;
    });
    if (turn.kind !== 'RUNNING') return turn;
    if (clock.monotonicMs() >= untilMs) return { kind: 'BUSY' };
    await clock.sleep(pollEveryMs);
  }
}
