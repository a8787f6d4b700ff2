import { inTransaction, type Transactions } from '../database/database.ts';
import { rails } from '../payments/rail.ts';
import { type InitOutcome, type PspApi } from '../psp-api/psp-api.ts';
import { type Clock } from '../shared/clock.ts';
import { type Log } from '../shared/log.ts';
import { type Random } from '../shared/random.ts';
import { sha256 } from '../shared/secret.ts';
import { composeInit, type InitTerms, type PaymentToAnnounce } from './compose-init.ts';
import { type InitiationRepository } from './initiation-repository.ts';
import { newPspTransaction, type PspTransaction } from './psp-transaction.ts';

export interface AnnounceDependencies extends InitTerms {
  readonly database: Transactions;
  readonly initiations: InitiationRepository;
  readonly pspApi: Pick<PspApi, 'init'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface Announcement {
  readonly payment: PaymentToAnnounce;
  readonly msn: string;
  readonly transaction: PspTransaction;
  /** An earlier request may have reached Vipps already. */
  readonly inDoubt: boolean;
}

export type Announced =
  /** `inDoubt` where Vipps may know the payment, under these ids or earlier ones. */
  | { readonly kind: 'ANSWERED'; readonly outcome: InitOutcome; readonly inDoubt: boolean }
  /** New ids were needed, but the payment had moved on under its old ones. */
  | { readonly kind: 'MOVED_ON' };

/** For all tries of init under all ids: shorter than what a rival request waits for. */
const budgetMsMax = 9_000;

/** Ids are burnt only by a lost answer; losing several in a row is an outage. */
const supersessionsMax = 2;

/**
 * Tells Vipps of a payment whose ids are committed. Where Vipps says that it knows the ids, after a
 * try whose answer was lost, the customer's URL is lost too: the payment gets new ids, and the old
 * ones are superseded before the new ones are sent.
 */
export async function announce(
  dependencies: AnnounceDependencies,
  announcement: Announcement,
): Promise<Announced> {
  const { pspApi, clock, random, log } = dependencies;
  const { payment, msn } = announcement;
  const { pspVersion: version } = rails[payment.rail];
  const untilMs = clock.monotonicMs() + budgetMsMax;
  let { transaction, inDoubt } = announcement;
  let burnt = false;

  for (let supersessions = 0; ; supersessions += 1) {
    const budgetMs = Math.max(1, untilMs - clock.monotonicMs());
    const outcome = await pspApi.init(
      { version, msn, requestId: transaction.requestId, budgetMs },
      composeInit(dependencies, payment, transaction),
    );
    inDoubt ||= outcome.kind !== 'INITIATED' && outcome.mayHaveTakenEffect;
    const isBurnt = outcome.kind === 'REFUSED' && outcome.duplicate !== undefined && inDoubt;
    if (!isBurnt || supersessions === supersessionsMax) {
      return { kind: 'ANSWERED', outcome, inDoubt: inDoubt || burnt };
    }

    const next = newPspTransaction(random);
    if (!(await supersede(dependencies, payment.paymentId, transaction, next))) {
      return { kind: 'MOVED_ON' };
    }
    log.warn({
      event: 'initiation.superseded',
      paymentId: payment.paymentId,
      from: transaction.pspTransactionId,
      to: next.pspTransactionId,
    });
    transaction = next;
    burnt = true;
    inDoubt = false;
  }
}

function supersede(
  { database, initiations, tokens }: AnnounceDependencies,
  paymentId: string,
  from: PspTransaction,
  to: PspTransaction,
): Promise<boolean> {
  return inTransaction(database, 'initiation-supersede', (trx) =>
    initiations.supersede(trx, {
      paymentId,
      from,
      to,
      makePaymentTokenHash: sha256(tokens.makePaymentToken(to).expose()),
    }),
  );
}
