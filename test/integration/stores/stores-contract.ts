import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { type Stores } from '../../../src/composition/stores.ts';
import { inTransaction } from '../../../src/database/database.ts';
import { type Decision, type LegToOpen } from '../../../src/make-payment/leg-repository.ts';
import { createReplyWriter } from '../../../src/make-payment/reply.ts';
import { newPaymentId } from '../../../src/payments/payment-id.ts';
import { acquirerReferenceOf } from '../../../src/payments/references.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { systemRandom } from '../../../src/shared/random.ts';
import { sha256 } from '../../../src/shared/secret.ts';

/** What every set of stores has to do, whatever it is made of. `msn` is of a merchant that it knows. */
export interface UnderContract {
  readonly stores: Stores;
  readonly msn: string;
}

const replies = createReplyWriter('number');
const silentMsMax = 3_000;

/** The terms on which the deeds rely, and a simulation on stores in memory with them. */
export function storesContract(name: string, of: () => UnderContract): void {
  const transaction = <Result>(work: Parameters<typeof inTransaction<Result>>[2]) =>
    inTransaction(of().stores.transactions, 'test', work);

  async function aPayment() {
    const { stores, msn } = of();
    const id = newPaymentId(systemClock, systemRandom);
    const pspTransactionId = systemRandom.bytes(15).toString('hex');
    const added = await transaction((trx) =>
      stores.initiations.add(trx, {
        id,
        msn,
        rail: 'psp-v2',
        order: {
          reference: `reference-${pspTransactionId}`,
          amount: { minor: 1_000n, currency: 'NOK' },
          userFlow: 'WEB_REDIRECT',
          returnUrl: 'https://shop.example.com',
          phoneNumber: null,
          description: null,
          metadata: null,
        },
        transaction: {
          pspTransactionId,
          merchantOrderId: pspTransactionId,
          requestId: randomUUID(),
        },
        makePaymentTokenHash: sha256('token'),
        returnTokenHash: sha256(id),
        expirySeconds: 660,
        idempotencyKey: pspTransactionId,
      }),
    );
    assert.equal(added, true);
    return { id, pspTransactionId, reference: `reference-${pspTransactionId}` };
  }

  type Payment = Awaited<ReturnType<typeof aPayment>>;

  const legOf = ({ id, pspTransactionId }: Payment, owner: string): LegToOpen => ({
    paymentId: id,
    attempt: 1,
    leg: 1,
    pspTransactionId,
    fromState: 'CREATED',
    acquirerReference: acquirerReferenceOf(pspTransactionId, 1),
    owner,
    maskedPan: '411111******1111',
    bin: '411111',
    scheme: 'VISA',
  });

  const approvalOf = ({ id, pspTransactionId }: Payment, owner: string, fence = 1): Decision => ({
    paymentId: id,
    attempt: 1,
    leg: 1,
    pspTransactionId,
    owner,
    fence,
    event: 'APPROVED',
    toState: 'ANSWERING',
    outcome: 'APPROVED',
    responseCode: '00',
    authorisationCode: '1',
    rrn: '1',
    reply: replies.ok(pspTransactionId),
    detail: {},
    merchantEvent: null,
    reversalReason: null,
  });

  async function anApproval(owner = randomUUID()) {
    const payment = await aPayment();
    const { legs } = of().stores;
    assert.equal(await legs.open(legOf(payment, owner)), true);
    assert.equal(await legs.decide(approvalOf(payment, owner)), true);
    return payment;
  }

  const stateOf = async ({ pspTransactionId }: Payment) =>
    (await of().stores.legs.find(pspTransactionId))?.state;
  const key = ({ id }: Payment) => ({ paymentId: id, attempt: 1, leg: 1 });

  async function anAuthorised() {
    const payment = await anApproval();
    await of().stores.legs.deliver({ ...key(payment), delivery: 'TOLD', certain: true });
    return payment;
  }

  const claimRequest = (owner: string) => ({
    owner,
    leaseMs: 10_000,
    limit: 100,
    processingMsMax: 20_000,
    silentMsMax,
  });

  describe(name, () => {
    it('R30 open one leg of a payment, and refuse it no more', async () => {
      const { legs } = of().stores;
      const payment = await aPayment();
      const opened = [
        await legs.open(legOf(payment, randomUUID())),
        await legs.open(legOf(payment, randomUUID())),
      ];
      const { paymentId, attempt, leg, pspTransactionId, fromState, acquirerReference, owner } =
        legOf(payment, randomUUID());
      const names = {
        paymentId,
        attempt,
        leg,
        pspTransactionId,
        fromState,
        acquirerReference,
        owner,
      };
      const refused = await legs.refuse({
        ...names,
        toState: 'ABORTED',
        event: 'USER_CANCELLED',
        outcome: 'CANCELLED_BY_USER',
        reply: replies.fail(payment.pspTransactionId, 'CANCELLED_BY_USER'),
        detail: {},
        merchantEvent: 'ABORTED',
      });

      assert.deepEqual([...opened, refused], [true, false, false]);
      assert.equal(await stateOf(payment), 'AUTHORISING');
    });

    it('take a decision from the owner with the fence alone, and the same one twice', async () => {
      const { legs } = of().stores;
      const payment = await aPayment();
      const owner = randomUUID();
      await legs.open(legOf(payment, owner));

      assert.equal(await legs.decide(approvalOf(payment, randomUUID())), false);
      assert.equal(await legs.decide(approvalOf(payment, owner, 2)), false);
      assert.equal(await legs.decide(approvalOf(payment, owner)), true);
      assert.equal(await legs.decide(approvalOf(payment, owner)), true);
      assert.equal(await stateOf(payment), 'ANSWERING');
    });

    it('record a delivery once', async () => {
      const { legs } = of().stores;
      const payment = await anApproval();
      const told = await legs.deliver({ ...key(payment), delivery: 'TOLD', certain: true });
      const notTold = await legs.deliver({ ...key(payment), delivery: 'NOT_TOLD', certain: true });

      assert.deepEqual([told, notTold], [true, false]);
      assert.equal(await stateOf(payment), 'AUTHORISED');
    });

    it('R31 reverse what was not told, and know the payment FAILED once that is acknowledged', async () => {
      const { legs, reversals, instances } = of().stores;
      const owner = randomUUID();
      await instances.beat(owner, silentMsMax);
      const payment = await anApproval();
      await legs.deliver({ ...key(payment), delivery: 'NOT_TOLD', certain: true });
      const mine = async () =>
        (await reversals.claim(claimRequest(owner))).find(
          ({ paymentId }) => paymentId === payment.id,
        );

      const first = await mine();
      assert.ok(first);
      assert.deepEqual([first.ordinal, first.attempts, first.notFoundIsProof], [1, 1, false]);
      assert.equal(await mine(), undefined, 'it is under a lease');
      await reversals.postpone(first, 'NOT_FOUND', { delayMs: 0, newMessage: true });
      const second = await mine();
      assert.deepEqual([second?.ordinal, second?.attempts], [2, 2]);
      await reversals.acknowledge(first, 'FOUND');
      assert.equal(await stateOf(payment), 'REVERSING', 'the fence is higher by now');
      assert.ok(second);
      await reversals.acknowledge(second, 'FOUND');
      assert.equal(await stateOf(payment), 'FAILED');
    });

    it('R31 make a new message of a reversal whose sender died before its answer was proof', async () => {
      const { legs, reversals } = of().stores;
      const payment = await anApproval();
      await legs.deliver({ ...key(payment), delivery: 'NOT_TOLD', certain: true });
      // None of the owners beats: each claim takes over from one that died.
      const ordinalAt = async (processingMsMax: number) =>
        (await reversals.claim({ ...claimRequest(randomUUID()), processingMsMax })).find(
          ({ paymentId }) => paymentId === payment.id,
        )?.ordinal;

      const ordinals = [await ordinalAt(20_000), await ordinalAt(20_000), await ordinalAt(-60_000)];

      assert.deepEqual(ordinals, [1, 2, 2]);
    });

    it('leave the leg of a copy that lives, and of one that has just begun, alone', async () => {
      const { legs, instances } = of().stores;
      const [owner, other] = [randomUUID(), randomUUID()];
      await instances.beat(owner, silentMsMax);
      const payment = await aPayment();
      await legs.open(legOf(payment, owner));

      const taken = await legs.takeOver(other, silentMsMax, 100);
      assert.equal(
        taken.some(({ paymentId }) => paymentId === payment.id),
        false,
      );
      await instances.leave(owner);
      // Below nothing: the leg may have been opened in this very millisecond.
      const [again] = (await legs.takeOver(other, -1_000, 100)).filter(
        ({ paymentId }) => paymentId === payment.id,
      );
      assert.deepEqual([again?.fence, again?.replied], [2, false]);
      assert.equal(await legs.decide(approvalOf(payment, owner)), false);
    });

    it('R11 give a key to one request, its answer to the others, and nothing to another request', async () => {
      const { idempotency } = of().stores;
      const owner = randomUUID();
      await of().stores.instances.beat(owner, silentMsMax);
      const call = {
        msn: of().msn,
        key: randomUUID(),
        operation: 'CAPTURE',
        fingerprint: sha256('1'),
      };
      const claim = () => transaction((trx) => idempotency.claim(trx, call, owner));

      const first = await claim();
      assert.equal(first.kind, 'CLAIMED');
      assert.equal((await claim()).kind, 'RUNNING');
      await transaction((trx) => idempotency.release(trx, first.claim));
      const second = await claim();
      assert.equal(second.kind, 'CLAIMED');
      assert.equal(second.claim.fence, first.claim.fence + 1);
      assert.equal(await transaction((trx) => idempotency.holds(trx, first.claim)), false);
      const answer = { status: 200, body: 'done' };
      await transaction((trx) => idempotency.finish(trx, second.claim, answer));
      assert.deepEqual(await claim(), { kind: 'ANSWERED', answer });
      const other = { ...call, fingerprint: sha256('2') };
      const another = await transaction((trx) => idempotency.claim(trx, other, owner));
      assert.equal(another.kind, 'OTHER_REQUEST');
    });

    it('R60 keep amounts within what there is, and take a transaction back whole', async () => {
      const { modifications } = of().stores;
      const payment = await anAuthorised();
      const begin = (operationId: string, amountMinor: bigint) =>
        transaction((trx) =>
          modifications.beginModification(trx, {
            paymentId: payment.id,
            operationId,
            kind: 'CAPTURE',
            amountMinor,
            acquirerReference: `${payment.pspTransactionId}-${operationId}`,
            idempotencyKey: null,
            reason: null,
            owner: randomUUID(),
            leaseMs: 20_000,
            attempts: 1,
          }),
        );

      await assert.rejects(begin('c1', 1_001n));
      const work = await begin('c2', 600n);
      assert.ok(work);
      const done = await transaction((trx) =>
        modifications.recordDone(trx, work, { responseCode: '00', rrn: null }),
      );
      assert.ok(done !== undefined);
      const again = await transaction((trx) =>
        modifications.recordDone(trx, work, { responseCode: '00', rrn: null }),
      );
      assert.equal(again, undefined);
      await assert.rejects(begin('c3', 401n));
      const now = await transaction((trx) => modifications.lockPaymentById(trx, payment.id));
      assert.deepEqual([now?.capturedMinor, now?.capturingMinor], [600n, 0n]);
      const [first] = await Promise.all([
        transaction((trx) => modifications.findModification(trx, payment.id, 'c1')),
      ]);
      assert.equal(first, undefined);
    });
  });
}
