import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type ModificationOutcome } from '../../../src/acquirer/acquirer.ts';
import { done, scriptedAcquirer } from '../../support/scripted-acquirer.ts';
import { eventsOf } from '../../support/traces-of-a-payment.ts';
import { codeOf, type Harness, startMerchantApi } from '../merchant-api/a-merchant-api.ts';
import {
  aggregateOf,
  amountsOf,
  anAuthorisedPayment,
  type AuthorisedTraits,
  cancel,
  capture,
  completeNow,
  refund,
  updatesOf,
} from './a-modification.ts';

const unknown: ModificationOutcome = { kind: 'UNKNOWN', why: 'silence' };

describe('A modification', () => {
  const acquirer = scriptedAcquirer();
  let harness: Harness;
  before(async () => {
    harness = await startMerchantApi({ acquirer });
  });
  after(() => harness[Symbol.asyncDispose]());
  beforeEach(() => {
    acquirer.modifyWith(() => done);
    acquirer.modifications.length = 0;
  });

  const aPayment = (traits: AuthorisedTraits = {}) =>
    anAuthorisedPayment(harness.database, {
      msn: harness.merchant.msn,
      amountMinor: 10_000n,
      ...traits,
    });

  async function captured(minor: number) {
    const payment = await aPayment();
    await capture(harness, payment.reference, minor);
    acquirer.modifications.length = 0;
    return payment;
  }

  /** The acquirer keeps its answers back until they are let go. */
  function heldBack() {
    let letGo: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const asked = new Promise<void>((resolve) => {
      acquirer.modifyWith(async () => {
        resolve();
        await gate;
        return done;
      });
    });
    return { asked, letGo };
  }

  /** As a crash leaves it: begun under the name of a copy that does not beat any more. */
  async function abandon(): Promise<void> {
    const dead = randomUUID();
    await harness.database.hot.query(
      `update modification set owner = $1, leased_until = now() + interval '1 hour' where state = 'UNDER_WAY'`,
      [dead],
    );
    await harness.database.hot.query(
      `update idempotency_record set owner = $1, claimed_until = now() + interval '1 hour' where status is null`,
      [dead],
    );
  }

  /** A capture of 1,000 whose copy is taken for dead while the acquirer thinks; `lost` is what it answers after all. */
  async function captureOfADeadCopy(payment: { readonly reference: string }) {
    const key = randomUUID();
    const { asked, letGo } = heldBack();
    const lost = capture(harness, payment.reference, 1_000, key).then((response) => response);
    await asked;
    await abandon();
    return { key, lost, letGo };
  }

  describe('in a race', () => {
    it('two concurrent refunds of 60 of a captured 100: one succeeds', async () => {
      for (let round = 0; round < 10; round += 1) {
        const payment = await captured(10_000);

        const answers = await Promise.all([
          refund(harness, payment.reference, 6_000),
          refund(harness, payment.reference, 6_000),
        ]);

        const refused = answers.filter(({ status }) => status !== 200);
        assert.equal(refused.length, 1);
        assert.ok(
          ['6150', '6160'].includes(
            codeOf(answers.find(({ status }) => status !== 200) ?? answers[0]) ?? '',
          ),
        );
        assert.equal((await amountsOf(harness.database, payment))?.refunded, 6_000n);
        assert.equal(acquirer.modifications.length, 1);
        assert.deepEqual((await updatesOf(harness.database, payment)).slice(1), [
          ['REFUNDED', 6_000n, 'SUCCESS', 'A purchase'],
        ]);
      }
    });

    it('a capture racing a cancel', async () => {
      for (let round = 0; round < 10; round += 1) {
        acquirer.modifications.length = 0;
        const payment = await aPayment();

        const answers = await Promise.all(
          round % 2 === 0
            ? [capture(harness, payment.reference, 10_000), cancel(harness, payment.reference)]
            : [cancel(harness, payment.reference), capture(harness, payment.reference, 10_000)],
        );

        assert.equal(answers.filter(({ status }) => status === 200).length, 1);
        const isCaptured = acquirer.modifications[0]?.message === 'capture';
        assert.deepEqual(await amountsOf(harness.database, payment), {
          captured: isCaptured ? 10_000n : 0n,
          capturing: 0n,
          cancelled: isCaptured ? 0n : 10_000n,
          cancelling: 0n,
          refunded: 0n,
          refunding: 0n,
        });
        assert.equal(acquirer.modifications.length, 1);
        assert.equal((await updatesOf(harness.database, payment)).length, 1);
      }
    });

    it('keeps every other one off with 423/6160 while it is under way', async () => {
      const payment = await captured(4_000);
      const { asked, letGo } = heldBack();

      const first = capture(harness, payment.reference, 1_000).then((response) => response);
      await asked;
      const others = [
        await capture(harness, payment.reference, 1_000),
        await refund(harness, payment.reference, 1_000),
        await cancel(harness, payment.reference),
      ];
      const during = await amountsOf(harness.database, payment);
      letGo();

      assert.deepEqual(others.map(codeOf), ['6160', '6160', '6160']);
      assert.deepEqual(
        others.map(({ status }) => status),
        [423, 423, 423],
      );
      assert.deepEqual([during?.captured, during?.capturing], [4_000n, 1_000n]);
      assert.equal((await first).status, 200);
    });

    it('before the authorisation: a cancel and the customer, and only one of them wins', async () => {
      const payment = await aPayment({ state: 'CREATED' });

      const [cancelled, confirmed] = await Promise.all([
        cancel(harness, payment.reference),
        harness.database.hot.query(
          `update payment set state = 'AUTHORISING' where id = $1 and state = 'CREATED'`,
          [payment.id],
        ),
      ]);

      assert.equal(cancelled.status === 200, confirmed.rowCount === 0);
      if (cancelled.status !== 200) assert.equal(codeOf(cancelled), '6250');
      assert.deepEqual(await updatesOf(harness.database, payment), []);
    });
  });

  describe('under an Idempotency-Key', () => {
    it('is done once, and gets the same bytes each time', async () => {
      const payment = await aPayment();
      const key = randomUUID();

      const first = await capture(harness, payment.reference, 1_000, key);
      await capture(harness, payment.reference, 500);
      const again = await capture(harness, payment.reference, 1_000, key);

      assert.equal(again.status, 200);
      assert.equal(again.text, first.text);
      assert.equal((await amountsOf(harness.database, payment))?.captured, 1_500n);
    });

    it('is done once however many come at once, and all get the same bytes', async () => {
      const payment = await captured(10_000);
      const key = randomUUID();

      const answers = await Promise.all(
        Array.from({ length: 6 }, () => refund(harness, payment.reference, 1_000, key)),
      );

      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
      assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
      assert.equal(acquirer.modifications.length, 1);
      assert.equal((await amountsOf(harness.database, payment))?.refunded, 1_000n);
    });

    it('is a conflict with another amount, another payment and another call, each with its code', async () => {
      const payment = await captured(5_000);
      const other = await aPayment();
      const [captureKey, refundKey, cancelKey] = [randomUUID(), randomUUID(), randomUUID()];
      await capture(harness, payment.reference, 1_000, captureKey);
      await refund(harness, payment.reference, 1_000, refundKey);
      await cancel(harness, payment.reference, cancelKey);

      const conflicts = [
        await capture(harness, payment.reference, 1_001, captureKey),
        await capture(harness, other.reference, 1_000, captureKey),
        await capture(harness, payment.reference, 1_000, refundKey),
        await refund(harness, payment.reference, 1_001, refundKey),
        await refund(harness, payment.reference, 1_000, cancelKey),
        await cancel(harness, other.reference, cancelKey),
        await cancel(harness, payment.reference, captureKey),
      ];

      assert.deepEqual(
        conflicts.map(({ status }) => status),
        Array(7).fill(409),
      );
      assert.deepEqual(conflicts.map(codeOf), [
        '4010',
        '4010',
        '4010',
        '4150',
        '4150',
        '4020',
        '4020',
      ]);
    });

    it('keeps a refusal, though the payment would allow it by now', async () => {
      const payment = await aPayment();
      const key = randomUUID();

      const early = await refund(harness, payment.reference, 1_000, key);
      await capture(harness, payment.reference, 5_000);
      const again = await refund(harness, payment.reference, 1_000, key);

      assert.deepEqual([early.status, codeOf(early)], [400, '6150']);
      assert.equal(again.text, early.text);
    });

    it('is still the same operation when its answer has been forgotten', async () => {
      const payment = await aPayment();
      const key = randomUUID();
      await capture(harness, payment.reference, 1_000, key);
      await harness.database.hot.query('delete from idempotency_record where key = $1', [key]);

      const again = await capture(harness, payment.reference, 1_000, key);
      await harness.database.hot.query('delete from idempotency_record where key = $1', [key]);
      const other = await capture(harness, payment.reference, 2_000, key);

      assert.equal(again.status, 200);
      assert.equal(aggregateOf(again).captured, 1_000);
      assert.equal(codeOf(other), '4010');
      assert.equal(acquirer.modifications.length, 1);
    });

    it('is the same message to the acquirer when the database lost that it was sent', async () => {
      const lost = await aPayment();
      const key = randomUUID();
      await capture(harness, lost.reference, 1_000, key);
      await harness.database.hot.query('delete from idempotency_record where key = $1', [key]);
      await harness.database.hot.query('delete from modification where payment_id = $1', [lost.id]);

      await capture(harness, lost.reference, 1_000, key);

      const [first, second] = acquirer.modifications;
      assert.equal(second?.reference, first?.reference);
    });
  });

  describe('whose outcome is unknown', () => {
    const calls = [
      ['capture', capture, 'capturing', 'captured', 'CAPTURED'],
      ['refund', refund, 'refunding', 'refunded', 'REFUNDED'],
    ] as const;
    for (const [name, call, underWay, doneColumn, status] of calls) {
      it(`R60 stays under way (${name}), is repeated under its own key, and is reported once`, async () => {
        const payment = await captured(5_000);
        const before = (await updatesOf(harness.database, payment)).length;
        const key = randomUUID();
        acquirer.modifyWith(() => unknown);

        const first = await call(harness, payment.reference, 1_000, key);
        await completeNow(harness.database, acquirer);
        const second = await call(harness, payment.reference, 1_000, key);
        const other = await cancel(harness, payment.reference);
        const during = await amountsOf(harness.database, payment);
        acquirer.modifyWith(() => done);
        await completeNow(harness.database, acquirer);
        await completeNow(harness.database, acquirer);
        const third = await call(harness, payment.reference, 1_000, key);
        const fourth = await call(harness, payment.reference, 1_000, key);

        assert.deepEqual([first, second, other].map(codeOf), ['6160', '6160', '6160']);
        assert.equal(during?.[underWay], 1_000n);
        assert.equal(third.status, 200);
        assert.equal(fourth.text, third.text);
        assert.equal((await amountsOf(harness.database, payment))?.[underWay], 0n);
        assert.ok(((await amountsOf(harness.database, payment))?.[doneColumn] ?? 0n) >= 1_000n);
        assert.deepEqual((await updatesOf(harness.database, payment)).slice(before), [
          [status, 1_000n, 'SUCCESS', 'A purchase'],
        ]);
        assert.equal(new Set(acquirer.modifications.map(({ reference }) => reference)).size, 1);
        assert.deepEqual(
          acquirer.modifications.map(({ repeat }) => repeat),
          [false, true, true],
        );
      });
    }

    it('R67 is released when the answer turns out to be no, and never reported', async () => {
      const payment = await aPayment();
      const key = randomUUID();
      acquirer.modifyWith(() => unknown);
      await cancel(harness, payment.reference, key);
      acquirer.modifyWith(() => ({ kind: 'REFUSED', responseCode: '12' }));

      await completeNow(harness.database, acquirer);
      const final = await cancel(harness, payment.reference, key);

      assert.deepEqual([final.status, codeOf(final)], [400, '6190']);
      assert.equal((await amountsOf(harness.database, payment))?.cancelling, 0n);
      assert.deepEqual(await updatesOf(harness.database, payment), []);
      assert.deepEqual((await eventsOf(harness.database, payment)).slice(2), [
        'CANCEL_BEGUN',
        'CANCEL_UNANSWERED',
        'CANCEL_REFUSED',
      ]);
    });

    it('waits longer and longer between its repeats', async () => {
      const payment = await aPayment();
      acquirer.modifyWith(() => unknown);
      const delays: number[] = [];

      await capture(harness, payment.reference, 1_000);
      for (let round = 0; round < 4; round += 1) {
        const { rows } = await harness.database.hot.query<{ ms: number }>(
          `select round(extract(epoch from next_attempt_at - clock_timestamp()) * 1000)::float8 as ms
           from modification where payment_id = $1`,
          [payment.id],
        );
        delays.push(rows[0]?.ms ?? 0);
        await completeNow(harness.database, acquirer);
      }
      acquirer.modifyWith(() => done);
      await completeNow(harness.database, acquirer);

      assert.ok(
        delays.every((ms, place) => ms > (delays[place - 1] ?? 0)),
        delays.join(),
      );
    });

    it('is left alone while whoever asked is still waiting', async () => {
      const payment = await aPayment();
      const { asked, letGo } = heldBack();

      const response = capture(harness, payment.reference, 1_000).then((answered) => answered);
      await asked;
      await completeNow(harness.database, acquirer);
      letGo();

      assert.equal((await response).status, 200);
      assert.equal(acquirer.modifications.length, 1);
    });
  });

  describe('that a crash interrupted', () => {
    it('R66 is finished once by another copy, and its late first answer changes nothing', async () => {
      const payment = await aPayment();
      const { key, lost, letGo } = await captureOfADeadCopy(payment);
      acquirer.modifyWith(() => done);

      await Promise.all([
        completeNow(harness.database, acquirer),
        completeNow(harness.database, acquirer),
      ]);
      const again = await capture(harness, payment.reference, 1_000, key);
      letGo();
      const late = await lost;

      assert.equal(again.status, 200);
      assert.equal(late.status, 200);
      assert.equal(aggregateOf(late).captured, 1_000);
      assert.equal((await amountsOf(harness.database, payment))?.captured, 1_000n);
      assert.deepEqual(await updatesOf(harness.database, payment), [
        ['CAPTURED', 1_000n, 'SUCCESS', 'A purchase'],
      ]);
      assert.deepEqual(
        acquirer.modifications.map(({ repeat }) => repeat),
        [false, true],
      );
      assert.equal(new Set(acquirer.modifications.map(({ reference }) => reference)).size, 1);
    });

    it('R11 gives whoever was taken over the answer that the key has by then', async () => {
      const payment = await aPayment();
      const { key, lost, letGo } = await captureOfADeadCopy(payment);
      acquirer.modifyWith(() => done);
      await completeNow(harness.database, acquirer);
      const again = await capture(harness, payment.reference, 1_000, key);
      await capture(harness, payment.reference, 2_000);

      letGo();

      assert.deepEqual([again.status, aggregateOf(again).captured], [200, 1_000]);
      assert.equal((await lost).text, again.text);
      assert.equal((await amountsOf(harness.database, payment))?.captured, 3_000n);
    });

    it('is 423/6160 for its merchant until then', async () => {
      const payment = await aPayment();
      const { key, lost, letGo } = await captureOfADeadCopy(payment);

      const meanwhile = await capture(harness, payment.reference, 1_000, key);
      acquirer.modifyWith(() => done);
      await completeNow(harness.database, acquirer);
      const final = await capture(harness, payment.reference, 1_000, key);
      letGo();
      await lost;

      assert.deepEqual([meanwhile.status, codeOf(meanwhile)], [423, '6160']);
      assert.equal(final.status, 200);
    });

    it('is not finished by a copy whose lease has passed to another', async () => {
      const payment = await aPayment();
      acquirer.modifyWith(() => unknown);
      await capture(harness, payment.reference, 1_000);
      const slow = heldBack();
      const first = completeNow(harness.database, acquirer);
      await slow.asked;
      await abandon();
      acquirer.modifyWith(() => ({ kind: 'REFUSED', responseCode: '61' }));
      await completeNow(harness.database, acquirer);
      slow.letGo();
      await first;

      assert.deepEqual(await updatesOf(harness.database, payment), []);
      const amounts = await amountsOf(harness.database, payment);
      assert.deepEqual([amounts?.captured, amounts?.capturing], [0n, 0n]);
    });

    it('leaves nothing behind when the outcome cannot be written, and is finished then', async () => {
      const payment = await aPayment();
      const key = randomUUID();
      acquirer.modifyWith(async () => {
        await harness.database.hot.query('alter table status_update rename to status_update_away');
        return done;
      });

      const failed = await capture(harness, payment.reference, 1_000, key);
      await harness.database.hot.query('alter table status_update_away rename to status_update');
      acquirer.modifyWith(() => done);
      const between = await amountsOf(harness.database, payment);
      const meanwhile = await capture(harness, payment.reference, 1_000, key);
      await abandon();
      await completeNow(harness.database, acquirer);
      const final = await capture(harness, payment.reference, 1_000, key);

      assert.deepEqual([failed.status, codeOf(failed)], [500, '3010']);
      assert.deepEqual([between?.captured, between?.capturing], [0n, 1_000n]);
      assert.equal(codeOf(meanwhile), '6160');
      assert.equal(final.status, 200);
      assert.equal((await updatesOf(harness.database, payment)).length, 1);
    });
  });
});
