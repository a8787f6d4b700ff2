import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { type AuthorisationRequest, type CardMaterial } from '../../../src/acquirer/acquirer.ts';
import { createExpiryRepository } from '../../../src/payments/expiry-repository.ts';
import { type APayment, aPayment, stateOf } from '../../support/a-payment.ts';
import { endStepUp, proof, stepUpOf } from '../../support/a-step-up.ts';
import { type Incoming } from '../../support/decision-table.ts';
import { eventually } from '../../support/eventually.ts';
import { fail, ok } from '../../support/expected-answer.ts';
import { callAs, operations, testToken, v2, v3 } from '../../support/make-payment-version.ts';
import {
  approved,
  type ScriptedAcquirer,
  scriptedAcquirer,
  silence,
  softDeclined,
} from '../../support/scripted-acquirer.ts';
import { scriptedThreeDs } from '../../support/scripted-three-ds.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import {
  authorisationsOf,
  eventsOf,
  merchantEventsOf,
  reversalsOf,
  storedReplyOf,
  tracesOf,
} from '../../support/traces-of-a-payment.ts';

/** What a message holds while it is sent; the card is wiped afterwards. */
function secretsOf(card: CardMaterial): readonly string[] {
  return card.kind === 'PAN'
    ? [card.card.pan.expose().toString('latin1')]
    : [card.token.number.expose().toString(), card.token.cryptogram.expose().toString()];
}

const secrets = {
  v2: ['4925000000000004'],
  v3: [testToken.number, testToken.cryptogram],
};

for (const version of [v2, v3]) {
  describe(`A step-up over makePayment ${version.name}`, () => {
    const threeDs = scriptedThreeDs();
    let acquirer: ScriptedAcquirer;
    let adapter: TestAdapter;
    /** Other copies of the service on the same database; the hasty one has less time. */
    let other: TestAdapter;
    let hasty: TestAdapter;
    before(async () => {
      acquirer = scriptedAcquirer();
      const parts = { acquirer, threeDsServer: threeDs };
      // At full length: but for the hasty one nothing is to happen because of a deadline.
      const settings = { deadlineScale: 1 };
      adapter = await startTestAdapter({ ...parts, settings });
      other = await startTestAdapter({ ...parts, settings, on: adapter });
      hasty = await startTestAdapter({ ...parts, settings: { deadlineScale: 0.3 }, on: adapter });
    });
    afterEach(() => {
      acquirer.authoriseWith(() => Promise.resolve(approved));
      threeDs.heal();
    });
    after(async () => {
      await hasty[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
      await adapter[Symbol.asyncDispose]();
    });

    const call = (payment: APayment, incoming: Incoming = 'CONFIRMED', copy = adapter) =>
      callAs(version, copy.publicApp, payment, incoming);
    const aNewPayment = () => aPayment(adapter.database, { rail: version.rail });

    async function aSteppedUpPayment(): Promise<APayment> {
      const payment = await aNewPayment();
      acquirer.authoriseWith(() => Promise.resolve(softDeclined));
      await call(payment);
      assert.equal(await stateOf(adapter.database, payment), 'STEP_UP');
      acquirer.authoriseWith(() => Promise.resolve(approved));
      return payment;
    }

    /** The customer has been identified. */
    async function anIdentifiedPayment(): Promise<APayment> {
      const payment = await aSteppedUpPayment();
      await endStepUp(adapter.database, payment, 'SUCCEEDED');
      return payment;
    }

    const askedFor = (payment: APayment) =>
      acquirer.authorisations.filter(
        ({ pspTransactionId }) => pspTransactionId === payment.pspTransactionId,
      );
    const begunFor = (payment: APayment) =>
      threeDs.begun.filter(({ pspTransactionId }) => pspTransactionId === payment.pspTransactionId);

    it('R50 begins a challenge for the stored amount with the card in hand, and keeps where Vipps waits', async () => {
      const payment = await aNewPayment();
      const seen: (readonly string[])[] = [];
      acquirer.authoriseWith(() => Promise.resolve(softDeclined));
      threeDs.beginWith(({ card }) => {
        seen.push(secretsOf(card));
        return Promise.resolve({
          kind: 'CHALLENGE',
          serverReference: 'server-1',
          challengeUrl: 'https://acs.example.com/1',
        });
      });

      const answer = await call(payment);

      const { paymentInfo } = answer.body as { paymentInfo: { url3dSecure: string } };
      const [challenge] = begunFor(payment);
      assert.deepEqual(challenge?.amount, { minor: payment.amountMinor, currency: 'NOK' });
      assert.equal(challenge.returnUrl, `${paymentInfo.url3dSecure}/return`);
      assert.deepEqual(seen, [secrets[version.name as 'v2' | 'v3']]);
      assert.ok(secretsOf(challenge.card).every((secret) => /^\0+$/.test(secret)));
      const { returnUrls, state } = (await stepUpOf(adapter.database, payment)) ?? {};
      assert.equal(state, 'OPEN');
      assert.deepEqual(
        returnUrls,
        Object.fromEntries(operations.map(({ operation, url }) => [operation, url])),
      );
      assert.deepEqual(await merchantEventsOf(adapter.database, payment), []);
      assert.deepEqual(await eventsOf(adapter.database, payment), [
        'CREATED',
        'CONFIRMED',
        'SOFT_DECLINED',
      ]);
    });

    it('R47 R52 authorises the second call once, with the proof and what the call brings, and forgets both', async () => {
      const payment = await anIdentifiedPayment();
      const seen: { request: AuthorisationRequest; card: readonly string[]; value: unknown }[] = [];
      acquirer.authoriseWith((request) => {
        const value = request.stepUp?.authenticationValue.expose();
        seen.push({ request, card: secretsOf(request.card), value });
        return Promise.resolve(approved);
      });

      const answer = await call(payment);

      assert.deepEqual(answer.body, ok(payment.pspTransactionId));
      await eventually('AUTHORISED', () => stateOf(adapter.database, payment));
      const [first, second] = askedFor(payment);
      assert.equal(first?.reference, `${payment.pspTransactionId}-a1`);
      assert.equal(first.indicators.authentication, 'DELEGATED');
      assert.equal(first.stepUp, undefined);
      assert.equal(second?.reference, `${payment.pspTransactionId}-a2`);
      assert.equal(second.indicators.authentication, 'STEP_UP');
      assert.equal(second.stepUp?.eci, proof.eci);
      assert.equal(second.stepUp.transactionId, proof.transactionId);
      assert.equal(seen.length, 1);
      assert.equal(seen[0]?.value, proof.authenticationValue);
      assert.deepEqual(seen[0].card, secrets[version.name as 'v2' | 'v3']);
      assert.ok(secretsOf(seen[0].request.card).every((secret) => /^\0+$/.test(secret)));
      assert.equal((await stepUpOf(adapter.database, payment))?.holdsProof, false);
      assert.deepEqual(await merchantEventsOf(adapter.database, payment), ['AUTHORIZED']);
      assert.deepEqual(await eventsOf(adapter.database, payment), [
        'CREATED',
        'CONFIRMED',
        'SOFT_DECLINED',
        'CONFIRMED',
        'APPROVED',
        'TOLD',
      ]);
      const { rows } = await adapter.database.hot.query<{ reference: string; authorised: bigint }>(
        'select acquirer_reference as reference, authorised_minor as authorised from payment where id = $1',
        [payment.id],
      );
      assert.deepEqual(rows[0], {
        reference: `${payment.pspTransactionId}-a2`,
        authorised: payment.amountMinor,
      });
    });

    it('R52 R54 says 94 when the bank soft-declines again, and begins nothing', async () => {
      const payment = await anIdentifiedPayment();
      acquirer.authoriseWith(() => Promise.resolve(softDeclined));

      const answer = await call(payment);

      assert.deepEqual(answer.body, fail(payment.pspTransactionId, 94));
      assert.equal(begunFor(payment).length, 1);
      assert.equal(await stateOf(adapter.database, payment), 'FAILED');
      assert.deepEqual(await merchantEventsOf(adapter.database, payment), ['ABORTED']);
    });

    const unavailable: readonly (readonly [string, () => void])[] = [
      [
        'offers none',
        () => {
          threeDs.beginWith(() =>
            Promise.resolve({ kind: 'NOT_OFFERED', why: 'no card of theirs' }),
          );
        },
      ],
      [
        'is away',
        () => {
          threeDs.beginWith(() => Promise.resolve({ kind: 'UNAVAILABLE', why: 'no connection' }));
        },
      ],
      [
        'breaks its promise and throws',
        () => {
          threeDs.beginWith(() => Promise.reject(new Error('a fault of the adapter')));
        },
      ],
      [
        'hangs, whatever the signal says',
        () => {
          threeDs.beginWith(() => new Promise(() => undefined));
        },
      ],
    ];
    for (const [how, arrange] of unavailable) {
      it(`R54 says 94 when the 3-D Secure server ${how}`, async () => {
        const payment = await aNewPayment();
        acquirer.authoriseWith(() => Promise.resolve(softDeclined));
        arrange();

        const answer = await call(payment, 'CONFIRMED', hasty);

        assert.deepEqual(answer.body, fail(payment.pspTransactionId, 94));
        assert.equal(await stateOf(adapter.database, payment), 'FAILED');
        assert.equal(await stepUpOf(adapter.database, payment), undefined);
        assert.deepEqual(await merchantEventsOf(adapter.database, payment), ['ABORTED']);
        assert.deepEqual(reversalsOf(acquirer, payment), []);
      });
    }

    it('R54 says 94 for a merchant that wants no step-up', async () => {
      const msn = '234567';
      const payment = await aPayment(adapter.database, { rail: version.rail, msn });
      await adapter.database.hot.query(
        'update merchant set step_up_allowed = false where msn = $1',
        [msn],
      );
      acquirer.authoriseWith(() => Promise.resolve(softDeclined));

      const answer = await call(payment);

      assert.deepEqual(answer.body, fail(payment.pspTransactionId, 94));
      assert.deepEqual(begunFor(payment), []);
    });

    it('R30 gives duplicates of the first call, on two copies, one challenge and one answer', async () => {
      for (let round = 0; round < 8; round += 1) {
        const payment = await aNewPayment();
        acquirer.authoriseWith(() => Promise.resolve(softDeclined));

        const answers = await Promise.all(
          [adapter, other, adapter, other, adapter].map((copy) => call(payment, 'CONFIRMED', copy)),
        );

        assert.deepEqual(new Set(answers.map(({ text }) => text)), new Set([answers[0]?.text]));
        assert.match(answers[0]?.text ?? '', /SOFT_DECLINE/);
        assert.equal(authorisationsOf(acquirer, payment), 1);
        assert.equal(begunFor(payment).length, 1);
      }
    });

    it('R30 R52 gives duplicates of the second call, on two copies, one authorisation and one answer', async () => {
      for (let round = 0; round < 5; round += 1) {
        const payment = await anIdentifiedPayment();

        const answers = await Promise.all(
          [adapter, other, adapter, other, adapter].map((copy) => call(payment, 'CONFIRMED', copy)),
        );

        assert.deepEqual(new Set(answers.map(({ text }) => text)), new Set([answers[0]?.text]));
        assert.deepEqual(answers[0]?.body, ok(payment.pspTransactionId));
        assert.equal(authorisationsOf(acquirer, payment), 2);
        await eventually('AUTHORISED', () => stateOf(adapter.database, payment));
        assert.deepEqual(await merchantEventsOf(adapter.database, payment), ['AUTHORIZED']);
      }
    });

    it('R31 gives a second call and a CANCEL that race one answer, which stands', async () => {
      for (let round = 0; round < 8; round += 1) {
        const payment = await anIdentifiedPayment();
        const order: Incoming[] = round % 2 ? ['CONFIRMED', 'CANCEL'] : ['CANCEL', 'CONFIRMED'];

        const answers = await Promise.all(
          order.map((incoming, index) => call(payment, incoming, index ? other : adapter)),
        );

        assert.deepEqual(new Set(answers.map(({ text }) => text)), new Set([answers[0]?.text]));
        const authorised = answers[0]?.text.includes('"OK"') === true;
        await eventually(authorised ? 'AUTHORISED' : 'ABORTED', () =>
          stateOf(adapter.database, payment),
        );
        assert.equal(authorisationsOf(acquirer, payment), authorised ? 2 : 1);
        assert.equal((await stepUpOf(adapter.database, payment))?.holdsProof, false);
      }
    });

    it('R34 lets the second call or the expiry win, never both', async () => {
      const expiry = createExpiryRepository(adapter.database.hot);
      for (let round = 0; round < 8; round += 1) {
        const payment = await anIdentifiedPayment();
        await adapter.database.hot.query('update payment set expires_at = now() where id = $1', [
          payment.id,
        ]);

        const [answer] = await Promise.all([call(payment), expiry.expireDue(1_000)]);

        const { pspTransactionId } = payment;
        const authorised = answer.text.includes('"OK"');
        assert.deepEqual(
          answer.body,
          authorised ? ok(pspTransactionId) : fail(pspTransactionId, 85),
        );
        await eventually(authorised ? 'AUTHORISED' : 'EXPIRED', () =>
          stateOf(adapter.database, payment),
        );
        assert.equal(authorisationsOf(acquirer, payment), authorised ? 2 : 1);
        const events = await merchantEventsOf(adapter.database, payment);
        assert.deepEqual(events, [authorised ? 'AUTHORIZED' : 'EXPIRED']);
        const session = await stepUpOf(adapter.database, payment);
        assert.deepEqual(
          [session?.state, session?.holdsProof],
          [authorised ? 'SUCCEEDED' : 'TIMED_OUT', false],
        );
      }
    });

    it('R29 says 85 when the acquirer is silent on the second leg, and reverses that leg alone', async () => {
      const payment = await anIdentifiedPayment();
      acquirer.authoriseWith(silence);

      const answer = await call(payment, 'CONFIRMED', hasty);

      assert.deepEqual(answer.body, fail(payment.pspTransactionId, 85));
      await eventually('FAILED', () => stateOf(adapter.database, payment));
      const originals = acquirer.reversals
        .filter(({ pspTransactionId }) => pspTransactionId === payment.pspTransactionId)
        .map(({ originalReference }) => originalReference);
      assert.deepEqual([...new Set(originals)], [`${payment.pspTransactionId}-a2`]);
      assert.equal((await tracesOf(adapter.database, payment))?.reversal, 'ACKNOWLEDGED');
      assert.equal((await call(payment)).text, answer.text);
    });

    it('says 91 when the proof cannot be opened, and authorises nothing', async () => {
      const payment = await anIdentifiedPayment();
      await adapter.database.hot.query(
        `update step_up set sealed_authentication_value = '\\x00'::bytea || sealed_authentication_value
         where payment_id = $1`,
        [payment.id],
      );

      const answer = await call(payment);

      assert.deepEqual(answer.body, fail(payment.pspTransactionId, 91));
      assert.equal(await stateOf(adapter.database, payment), 'FAILED');
      assert.equal(authorisationsOf(acquirer, payment), 1);
      assert.equal(await storedReplyOf(adapter.database, payment), answer.text);
    });

    it('keeps of card and proof what may be kept', async () => {
      const payment = await anIdentifiedPayment();
      await call(payment);
      await eventually('AUTHORISED', () => stateOf(adapter.database, payment));

      const { rows } = await adapter.database.hot.query<Record<string, string>>(
        'select masked_pan, bin, scheme from payment where id = $1',
        [payment.id],
      );

      const kept = {
        v2: { masked_pan: '492500******0004', bin: '492500', scheme: 'VISA' },
        v3: { masked_pan: '489537******3500', bin: '492556', scheme: 'VISA' },
      };
      assert.deepEqual({ ...rows[0] }, kept[version.name as 'v2' | 'v3']);
    });
  });
}
