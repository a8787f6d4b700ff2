import { type Transaction } from '../database/database.ts';
import { type IdempotentCall, sticks, type StoredAnswer } from './idempotent-call.ts';
import {
  type IdempotencyDependencies,
  waitForRivalMsMax,
  withClaim,
  type Worked,
} from './with-claim.ts';

/**
 * Does what takes a single transaction, once for the key: the work and its answer are committed
 * together, or, where the answer does not stick, the claim is given up again.
 */
export async function answerOnce(
  dependencies: IdempotencyDependencies,
  call: IdempotentCall,
  work: (trx: Transaction) => Promise<StoredAnswer>,
): Promise<Exclude<Worked<StoredAnswer>, { kind: 'WORKED' }>> {
  const { repository, clock } = dependencies;
  const untilMs = clock.monotonicMs() + waitForRivalMsMax;
  const worked = await withClaim(dependencies, call, untilMs, async (trx, claim) => {
    const answer = await work(trx);
    if (sticks(answer.status)) await repository.finish(trx, claim, answer);
    else await repository.release(trx, claim);
    return answer;
  });
  return worked.kind === 'WORKED' ? { kind: 'ANSWERED', answer: worked.result } : worked;
}
