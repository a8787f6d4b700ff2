import { inTransaction } from '../../src/database/database.ts';
import { type StoredAnswer, sticks } from '../../src/idempotency/idempotent-call.ts';
import { type InitiationOutcome } from '../../src/initiate-payment/initiation-outcome.ts';
import { type PaymentOrder } from '../../src/initiate-payment/payment-order.ts';
import { type Merchant } from '../../src/merchants/merchant.ts';
import { type Wish } from '../../src/modifications/judge-modification.ts';
import { type ModificationResult } from '../../src/modifications/modification-result.ts';
import { type ModificationKind } from '../../src/modifications/modification.ts';
import { type OperationElsewhere } from '../../src/modifications/record-elsewhere.ts';
import { sha256 } from '../../src/shared/secret.ts';
import { type PaymentRow } from './memory/tables.ts';
import { type Copy } from './running-copy.ts';
import { type World } from './world.ts';

/** One request of a merchant under its key, and every answer that it got. */
export interface Asked {
  readonly key: string;
  readonly reference: string;
  readonly kind: 'CREATE' | ModificationKind;
  readonly amountMinor: bigint;
  readonly answers: StoredAnswer[];
}

/** An operation that somebody else carried out, as it was given to the back office. */
export interface DoneElsewhere {
  readonly pspTransactionId: string;
  readonly kind: ModificationKind;
  readonly amountMinor: bigint;
  /** Undefined where no answer came. */
  result: string | undefined;
}

/** The merchants and the back office: what they ask, and what they were told. */
export interface Shop {
  readonly asked: readonly Asked[];
  readonly elsewhere: readonly DoneElsewhere[];
  requestsUnderWay(): number;
}

export const merchants: readonly Merchant[] = ['123456', '123457', '123520'].map((msn) => ({
  msn,
  name: `Shop ${msn}`,
  status: 'ACTIVE',
  rail: 'psp-v2',
  clientId: msn,
  clientSecretHash: Buffer.alloc(32),
  subscriptionKeyHash: Buffer.alloc(32),
  formerHashes: null,
  useReturnPage: false,
}));

interface Terms {
  readonly payments: number;
  /** Nothing is asked after that. */
  readonly untilMs: number;
  readonly route: () => Copy | undefined;
}

const repeatsMax = 6;

export function openShop(world: World, { payments, untilMs, route }: Terms): Shop {
  const { scheduler, dice, tables } = world;
  const asked: Asked[] = [];
  const elsewhere: DoneElsewhere[] = [];
  let underWay = 0;

  for (const { msn } of merchants) {
    tables.merchants.set(msn, {
      merchant: {
        msn,
        acquirerMerchantId: 'M-1',
        terminalId: 'T-1',
        categoryCode: '5411',
        descriptor: 'A SHOP',
        country: 'NO',
      },
      rules: { creditCardsAllowed: true, paymentLimitMinor: null },
      stepUpAllowed: true,
    });
  }

  /** Sends a request, and again under the same key until it has its final answer. */
  function ask(one: Asked, send: (copy: Copy) => Promise<StoredAnswer>): void {
    let repeats = 0;
    const again = (): void => {
      repeats += 1;
      if (repeats <= repeatsMax) scheduler.after(dice.between(200, 6_000), attempt);
    };
    const attempt = (): void => {
      const copy = route();
      if (copy?.deeds === undefined) {
        again();
        return;
      }
      underWay += 1;
      let isOver = false;
      const end = (answer: StoredAnswer | undefined): void => {
        if (isOver) return;
        isOver = true;
        underWay -= 1;
        world.tell(`shop hears ${one.kind} ${one.key} ${answer?.status} ${answer?.body}`);
        if (answer) one.answers.push(answer);
        if (!answer || !sticks(answer.status)) again();
        // Some ask again although they know.
        else if (dice.chance(0.1)) again();
      };
      copy.onDeath(() => {
        end(undefined);
      });
      copy.deliver(() => {
        send(copy).then(end, () => {
          end({ status: 500, body: 'fault' });
        });
      });
    };
    attempt();
    if (dice.chance(0.15)) scheduler.after(dice.between(0, 50), attempt);
  }

  function newAsked(kind: Asked['kind'], reference: string, amountMinor: bigint): Asked {
    const one = { key: `key-${asked.length}`, reference, kind, amountMinor, answers: [] };
    asked.push(one);
    return one;
  }

  const callOf = ({ key, kind, reference, amountMinor }: Asked, msn: string) => ({
    msn,
    key,
    operation: kind,
    fingerprint: sha256(`${kind} ${reference} ${amountMinor}`),
  });

  function createPayment(ordinal: number): void {
    const merchant = dice.pick(merchants);
    const reference = `reference-${ordinal}`;
    const minor = BigInt(dice.integer(100, 2_000));
    const one = newAsked('CREATE', reference, minor);
    const order: PaymentOrder = {
      reference,
      amount: { minor, currency: 'NOK' },
      userFlow: 'WEB_REDIRECT',
      returnUrl: 'https://shop.example.com/back',
      phoneNumber: null,
      description: null,
      metadata: null,
    };
    ask(one, async ({ deeds }) => {
      if (deeds === undefined) throw new Error('not ready');
      const call = callOf(one, merchant.msn);
      return answerOf(await deeds.initiatePayment({ merchant, order, call, answerOf: answerInit }));
    });
    const early = dice.chance(0.06) ? dice.between(100, 4_000) : undefined;
    if (early !== undefined) modifyLater(early, merchant.msn, reference);
    watch(merchant.msn, reference);
  }

  /** Merchants poll their payments, and go on once they are authorised. */
  function watch(msn: string, reference: string): void {
    if (scheduler.nowMs() > untilMs) return;
    const payment = paymentOf(msn, reference);
    if (payment?.state !== 'AUTHORISED') {
      scheduler.after(500, () => {
        watch(msn, reference);
      });
      return;
    }
    const count = dice.integer(0, 4);
    for (let n = 0; n < count; n += 1) modifyLater(dice.between(0, 8_000), msn, reference);
    if (dice.chance(0.3))
      scheduler.after(dice.between(0, 8_000), () => {
        doElsewhere(payment);
      });
  }

  function paymentOf(msn: string, reference: string): PaymentRow | undefined {
    return tables.payments.where((row) => row.msn === msn && row.reference === reference)[0];
  }

  function modifyLater(ms: number, msn: string, reference: string): void {
    scheduler.after(ms, () => {
      if (scheduler.nowMs() > untilMs) return;
      const amount = paymentOf(msn, reference)?.amountMinor ?? 1_000n;
      const kind = dice.weighted([
        [5, 'CAPTURE'],
        [2, 'CANCEL'],
        [3, 'REFUND'],
      ] as const);
      const minor = dice.chance(0.3) ? amount : BigInt(dice.integer(1, Number(amount)));
      const one = newAsked(kind, reference, kind === 'CANCEL' ? 0n : minor);
      const wish: Wish =
        kind === 'CANCEL'
          ? { kind, onlyBeforeAuthorisation: dice.chance(0.1) }
          : { kind, amount: { minor, currency: 'NOK' } };
      ask(one, async ({ deeds }) => {
        if (deeds === undefined) throw new Error('not ready');
        const call = callOf(one, msn);
        const order = { msn, reference, wish, call, answerOf: answerModification };
        const answer = answerOf(await deeds.modifyPayment(order));
        deeds.enqueued();
        return answer;
      });
    });
  }

  /** A till or a settlement system has captured or refunded by itself, and says so. */
  function doElsewhere({ pspTransactionId, amountMinor: most }: PaymentRow): void {
    const kind = dice.pick(['CAPTURE', 'CANCEL', 'REFUND'] as const);
    const amountMinor = BigInt(dice.integer(1, Number(most)));
    const name = `till-${elsewhere.length}`;
    const done: DoneElsewhere = { pspTransactionId, kind, amountMinor, result: undefined };
    elsewhere.push(done);
    const operation: OperationElsewhere = {
      pspTransactionId,
      kind,
      amountMinor,
      currency: 'NOK',
      operationId: name,
      contentHash: sha256(name),
      succeeded: true,
      paymentText: null,
    };
    const attempt = (): void => {
      const copy = route();
      const deeds = copy?.deeds;
      if (!copy || !deeds) {
        scheduler.after(1_000, attempt);
        return;
      }
      copy.deliver(() => {
        inTransaction(deeds.idempotency.database, 'test-elsewhere', (trx) =>
          deeds.recordElsewhere(trx, [operation]),
        ).then(
          ([result]) => {
            // A duplicate is what an earlier, unheard request has left.
            done.result = result === 'DUPLICATE' ? 'RECORDED' : result;
            deeds.enqueued();
          },
          () => scheduler.after(dice.between(200, 2_000), attempt),
        );
      });
      copy.onDeath(() => {
        if (done.result === undefined) scheduler.after(1_000, attempt);
      });
    };
    attempt();
  }

  for (let n = 0; n < payments; n += 1) {
    scheduler.after(dice.between(0, untilMs / 2), () => {
      createPayment(n);
    });
  }
  return { asked, elsewhere, requestsUnderWay: () => underWay };
}

type Outcome =
  | { readonly kind: 'ANSWERED'; readonly answer: StoredAnswer }
  | { readonly kind: 'OTHER_REQUEST' | 'BUSY' };

function answerOf(outcome: Outcome): StoredAnswer {
  if (outcome.kind === 'ANSWERED') return outcome.answer;
  return { status: outcome.kind === 'BUSY' ? 429 : 409, body: outcome.kind };
}

function answerInit(outcome: InitiationOutcome): StoredAnswer {
  const status = { INITIATED: 201, UNKNOWN: 502 } as const;
  const { kind } = outcome;
  return {
    status: kind === 'INITIATED' || kind === 'UNKNOWN' ? status[kind] : 400,
    body: kind,
  };
}

function answerModification(result: ModificationResult): StoredAnswer {
  if (result.kind === 'DONE') {
    const { capturedMinor, cancelledMinor, refundedMinor } = result.payment;
    return { status: 200, body: `DONE ${capturedMinor} ${cancelledMinor} ${refundedMinor}` };
  }
  if (result.kind === 'REFUSED') {
    const isNotNow = result.refusal === 'BEING_PROCESSED' || result.refusal === 'BEING_AUTHORISED';
    return { status: isNotNow ? 423 : 400, body: result.refusal };
  }
  return { status: 400, body: result.kind };
}
