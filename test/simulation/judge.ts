import { sticks } from '../../src/idempotency/idempotent-call.ts';
import { paymentTransitions, type PaymentState } from '../../src/payments/payment-state.ts';
import { modificationReferenceOf } from '../../src/payments/references.ts';
import { sha256 } from '../../src/shared/secret.ts';
import { type Bank, type Booked, type BookedEffect, isLive } from './bank.ts';
import { type PaymentRow } from './memory/tables.ts';
import { type Asked, type Shop } from './shop.ts';
import { type Heard, type KnownToVipps, type Wallet } from './wallet.ts';
import { type World } from './world.ts';

interface Books {
  readonly bank: Bank;
  readonly wallet: Wallet;
  readonly shop: Shop;
}

/** Looks after every step whether each payment went where the table of states lets it go. */
export function watchStates(world: World): { look(): void } {
  const seen = new Map<string, PaymentRow>();
  return {
    look: () => {
      for (const payment of world.tables.payments.all()) {
        const before = seen.get(payment.id);
        if (before === payment) continue;
        seen.set(payment.id, payment);
        const from = before?.state ?? 'CREATED';
        if (!canReach(from, payment.state))
          world.violated(`${payment.pspTransactionId} went from ${from} to ${payment.state}`);
        if (before !== undefined && payment.version < before.version)
          world.violated(`${payment.pspTransactionId} went back to version ${payment.version}`);
      }
    },
  };
}

function canReach(from: PaymentState, to: PaymentState): boolean {
  const reached = new Set<PaymentState>([from]);
  // A set is gone through to its end, also where it grows on the way.
  for (const state of reached)
    for (const next of Object.values(paymentTransitions[state])) reached.add(next);
  return reached.has(to);
}

/** Compares the books of everybody, once nothing moves any more. */
export function judgeAtRest(world: World, books: Books): void {
  for (const payment of world.tables.payments.all()) {
    const ids = world.tables.transactions
      .where(({ paymentId }) => paymentId === payment.id)
      .map(({ pspTransactionId }) => pspTransactionId);
    const of: OfPayment = {
      payment,
      booked: [...books.bank.authorisations.values()].filter(({ pspTransactionId }) =>
        ids.includes(pspTransactionId),
      ),
      known: ids.flatMap((id) => books.wallet.payments.get(id) ?? []),
    };
    judgeAuthorisation(world, of);
    judgeAnswers(world, of);
    judgeOrphans(world, of, books);
    judgeAmounts(world, of, books);
    judgeReports(world, of, books);
  }
  for (const asked of books.shop.asked) judgeMerchant(world, asked, books);
}

interface OfPayment {
  readonly payment: PaymentRow;
  readonly booked: readonly Booked[];
  readonly known: readonly KnownToVipps[];
}

const heardOf = ({ known }: OfPayment): readonly Heard[] => known.flatMap(({ heard }) => heard);

function judgeAuthorisation(world: World, of: OfPayment): void {
  judgeLive(world, of);
  judgeStanding(world, of);
  judgeReadOk(world, of);
}

const oksOf = (of: OfPayment): readonly Heard[] =>
  heardOf(of).filter(({ status }) => status === 'OK');
const standingOf = ({ booked }: OfPayment): readonly Booked[] =>
  booked.filter(({ approved, reversed }) => approved && !reversed);
const wasReadOk = (of: OfPayment): boolean =>
  oksOf(of).some(({ receivedAtMs }) => receivedAtMs !== undefined);

/** At most one authorisation is live, and only one that Vipps was told of. */
function judgeLive(world: World, of: OfPayment): void {
  const { payment, booked } = of;
  const name = payment.pspTransactionId;
  const live = booked.filter(isLive);
  if (live.length === 0) return;
  if (live.length > 1) world.violated(`${name} has ${live.length} live authorisations`);
  if (!oksOf(of).some(({ finished }) => finished))
    world.violated(`${name} has an authorisation that Vipps was not told of`);
  if (payment.state !== 'AUTHORISED')
    world.violated(`${name} is ${payment.state} and has a live authorisation`);
  if (!wasReadOk(of)) world.found.lostOnTheWay += 1;
}

/** What stands is of the payment's amount, and an AUTHORISED payment has something that stands. */
function judgeStanding(world: World, of: OfPayment): void {
  const { payment } = of;
  const standing = standingOf(of);
  if (payment.state === 'AUTHORISED' && standing.length === 0)
    world.violated(`${payment.pspTransactionId} is AUTHORISED and nothing is`);
  for (const { amountMinor, reference } of standing)
    if (amountMinor !== payment.amountMinor)
      world.violated(`${reference} is of ${amountMinor} and stands`);
}

/** An OK that was read and undone all the same has been reported to Vipps. */
function judgeReadOk(world: World, of: OfPayment): void {
  if (!wasReadOk(of) || standingOf(of).length > 0) return;
  world.found.deliveredThenReversed += 1;
  const isReported = of.known.some(
    ({ lines, isPoisoned }) => isPoisoned || lines.some(({ status }) => status === 'CANCELLED'),
  );
  const name = of.payment.pspTransactionId;
  if (!isReported) world.violated(`${name} was answered OK, reversed, and Vipps knows nothing`);
}

/** A FAIL is the last word, and an OK is given by one call alone before it is on record. */
function judgeAnswers(world: World, of: OfPayment): void {
  for (const { pspTransactionId, heard } of of.known) {
    const inOrder = heard.toSorted((left, right) => left.writtenAtMs - right.writtenAtMs);
    const firstFail = inOrder.findIndex(({ status }) => status === 'FAIL');
    if (firstFail >= 0 && inOrder.slice(firstFail).some(({ status }) => status === 'OK'))
      world.violated(`${pspTransactionId} got a FAIL and then an OK`);
    const oks = new Set(inOrder.filter(({ status }) => status === 'OK').map(({ body }) => body));
    if (oks.size > 1) world.violated(`${pspTransactionId} got two different OKs`);
    const fails = new Set(
      inOrder.filter(({ status }) => status === 'FAIL').map(({ body }) => body),
    );
    // Nothing is stored for a superseded id: each call is answered by what it says.
    const isStored = world.tables.transactions.get(pspTransactionId)?.superseded === false;
    if (fails.size > 1 && isStored && isQuiet(world)) {
      world.violated(`${pspTransactionId} got different FAILs: ${[...fails].join(' ')}`);
    }
  }
}

/** Whether nothing went wrong between our copies and their database. */
function isQuiet({ found, weatherOfRun }: World): boolean {
  const { statementLost, acknowledgementLost, statementSlow, outageEachSecond } = weatherOfRun;
  const trouble = statementLost + acknowledgementLost + statementSlow + outageEachSecond;
  return trouble === 0 && found.kills === 0 && found.freezes === 0;
}

const firstReversalWithinMs = 1_000;

function judgeOrphans(world: World, { booked }: OfPayment, { bank }: Books): void {
  for (const { reference } of booked) {
    const row = world.tables.reversals.where((one) => one.originalReference === reference)[0];
    if (row === undefined) continue;
    world.found.orphans += 1;
    const seenAtMs = bank.reversalsSeen.get(reference);
    if (seenAtMs === undefined) continue;
    const delayMs = Math.max(0, seenAtMs - row.orderedAtMs);
    world.found.reversalDelaysMs.push(delayMs);
    const acquirerIsWell = world.weatherOfRun.acquirerTrouble === 0;
    if (isQuiet(world) && acquirerIsWell && delayMs > firstReversalWithinMs)
      world.violated(`${reference} was first reversed after ${Math.round(delayMs)} ms`);
  }
}

const words = { CAPTURE: 'CAPTURED', CANCEL: 'CANCELLED', REFUND: 'REFUNDED' } as const;

/** What our books say is what the acquirer's say, and what others did elsewhere. */
function judgeAmounts(world: World, { payment, booked }: OfPayment, { bank, shop }: Books): void {
  const { pspTransactionId } = payment;
  const sum = (type: BookedEffect['type']): bigint =>
    bank.effects
      .filter((one) => one.type === type && one.pspTransactionId === pspTransactionId)
      .reduce((total, { amountMinor }) => total + amountMinor, 0n) +
    shop.elsewhere
      .filter(
        (one) =>
          words[one.kind] === type &&
          one.pspTransactionId === pspTransactionId &&
          world.tables.modifications.has(
            (row) =>
              row.paymentId === payment.id &&
              row.carriedOutBy === 'ELSEWHERE' &&
              row.contentHash?.equals(sha256(`till-${shop.elsewhere.indexOf(one)}`)) === true,
          ),
      )
      .reduce((total, { amountMinor }) => total + amountMinor, 0n);
  const ours = [payment.capturedMinor, payment.cancelledMinor, payment.refundedMinor];
  const theirs = (['CAPTURED', 'CANCELLED', 'REFUNDED'] as const).map(sum);
  if (ours.join() !== theirs.join())
    world.violated(
      `${pspTransactionId} has ${ours.join()}, and the others' books ${theirs.join()}`,
    );
  const authorised = booked.find(({ approved, reversed }) => approved && !reversed);
  const [captured = 0n, cancelled = 0n, refunded = 0n] = theirs;
  const most = authorised?.amountMinor ?? 0n;
  if (captured + cancelled > most || refunded > captured)
    world.violated(`${pspTransactionId}: ${theirs.join()} is more than the ${most} there were`);
}

/** Every operation is told once, in the order in which they were booked. */
function judgeReports(world: World, { payment, known }: OfPayment, { bank, shop }: Books): void {
  const { pspTransactionId } = payment;
  const told = known.flatMap(({ lines }) => lines);
  const toldOnes = told.map(({ status, amount }) => `${status} ${amount.minor}`);
  const own = bank.effects
    .filter((one) => one.pspTransactionId === pspTransactionId)
    .map(({ type, amountMinor }) => `${type} ${amountMinor}`);
  const others = shop.elsewhere
    .filter((one) => one.pspTransactionId === pspTransactionId && one.result === 'RECORDED')
    .map(({ kind, amountMinor }) => `${words[kind]} ${amountMinor}`);
  const uncertain = world.tables.reversals
    .where(({ paymentId, reason }) => paymentId === payment.id && reason === 'UNCERTAIN')
    .map(() => `CANCELLED ${payment.amountMinor}`);
  // Reports go by the id that the payment has now; of a superseded one nothing is reported.
  const isPoisoned = known.some(
    (one) => one.pspTransactionId === pspTransactionId && one.isPoisoned,
  );
  if (isPoisoned) {
    if (toldOnes.length > 0) world.violated(`${pspTransactionId} was told although it was refused`);
    return;
  }
  const expected = [...own, ...others, ...uncertain].toSorted().join();
  if (toldOnes.toSorted().join() !== expected)
    world.violated(`${pspTransactionId} was reported as ${toldOnes.join()} and not ${expected}`);
  if (!isInOrder(own, toldOnes))
    world.violated(`${pspTransactionId} was reported as ${toldOnes.join()} after ${own.join()}`);
}

/** Whether all of one list are in the other, in the same order. */
function isInOrder(ones: readonly string[], within: readonly string[]): boolean {
  let place = 0;
  for (const one of within) if (one === ones[place]) place += 1;
  return place === ones.length;
}

/** The same key, the same answer; and an answer that is true. */
function judgeMerchant(world: World, asked: Asked, { bank }: Books): void {
  const { key, kind, answers, reference, amountMinor } = asked;
  const final = answers.filter(({ status }) => sticks(status));
  const different = new Set(final.map(({ status, body }) => `${status} ${body}`));
  if (different.size > 1) world.violated(`${key} got ${[...different].join(' and ')}`);
  if (kind === 'CREATE') return;
  const payment = world.tables.payments.where((row) => row.reference === reference)[0];
  const acquirerReference = referenceUnder(world, key, payment);
  const effect = bank.effects.find((one) => one.reference === acquirerReference);
  const [answer] = final;
  if (answer === undefined) return;
  if (effect) {
    judgeEffect(world, { key, kind, amountMinor }, { effect, answer });
  } else if (answer.status === 200 && !(kind === 'CANCEL' && payment?.state === 'TERMINATED')) {
    world.violated(`${key} was answered 200 and ${kind} did not happen`);
  }
}

function judgeEffect(
  world: World,
  { key, kind, amountMinor }: Pick<Asked, 'key' | 'kind' | 'amountMinor'>,
  {
    effect,
    answer,
  }: { effect: Books['bank']['effects'][number]; answer: Asked['answers'][number] },
): void {
  if (answer.status === 400)
    world.violated(`${key} was answered ${answer.body} and ${kind} happened`);
  if (kind !== 'CANCEL' && effect.amountMinor !== amountMinor)
    world.violated(`${key} asked for ${amountMinor} and got ${effect.amountMinor}`);
}

/** Our reference at the acquirer of the operation that was asked for under the key. */
function referenceUnder(world: World, key: string, payment: PaymentRow | undefined) {
  const [row] = world.tables.modifications.where(
    (one) =>
      one.paymentId === payment?.id &&
      one.carriedOutBy === 'ADAPTER' &&
      one.acquirerReference ===
        modificationReferenceOf(payment.pspTransactionId, one.operationId) &&
      one.operationId.endsWith(sha256(key).toString('hex').slice(0, 20)),
  );
  return row?.acquirerReference;
}
