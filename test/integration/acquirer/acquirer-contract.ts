import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  type Acquirer,
  type AcquirerMerchant,
  type AuthorisationRequest,
  type ModificationRequest,
} from '../../../src/acquirer/acquirer.ts';
import { nok, type Money } from '../../../src/shared/money.ts';
import { aCard } from '../../support/a-card.ts';

/**
 * An acquirer under test, with what it takes to bring about the situations in which an adapter
 * goes wrong. Each is armed for the next message of the kind named and for that one alone.
 */
export interface AcquirerUnderTest extends AsyncDisposable {
  readonly acquirer: Acquirer;
  /** An amount that is approved at once, and one for which the issuer has not enough funds. */
  readonly amounts: { readonly approved: Money; readonly insufficientFunds: Money };
  readonly arrange: {
    /** It approves, books, and the answer is lost. */
    loseTheAnswerTo(operation: 'authorise' | 'capture'): void;
    /** It answers with a code that no table lists. */
    answerNonsenseTo(operation: 'authorise' | 'capture'): void;
    /** It approves less than was asked for. */
    approvePartly(): void;
    /** It is gone: no connection can be made from now on. */
    goAway(): Promise<void>;
  };
  /** What the acquirer itself has in its books, oldest first. */
  books(): Promise<readonly BookedEffect[]>;
}

export interface BookedEffect {
  readonly type: 'AUTHORISATION' | 'CAPTURE' | 'VOID' | 'REFUND' | 'REVERSAL';
  readonly approved: boolean;
  readonly reference: string;
  readonly amount: number;
}

const merchant: AcquirerMerchant = {
  msn: '123456',
  acquirerMerchantId: 'M1',
  terminalId: 'T1',
  categoryCode: '5651',
  descriptor: 'SOCKS AND "SHOES"',
  country: 'NO',
};

const patience = (): AbortSignal => AbortSignal.timeout(5_000);

export function anAuthorisation(
  amount: Money,
  changes: Partial<AuthorisationRequest> = {},
): AuthorisationRequest {
  const pspTransactionId = randomUUID().replaceAll('-', '').slice(0, 30);
  return {
    reference: `${pspTransactionId}-a1`,
    pspTransactionId,
    merchant,
    amount,
    card: { kind: 'PAN', card: aCard() },
    indicators: { channel: 'ECOMMERCE', wallet: 'VIPPS', authentication: 'DELEGATED' },
    ...changes,
  };
}

export function aModification(
  authorisation: AuthorisationRequest,
  changes: Partial<ModificationRequest> = {},
): ModificationRequest {
  const { reference: originalReference, pspTransactionId, amount } = authorisation;
  return {
    reference: `${pspTransactionId}-m1`,
    originalReference,
    pspTransactionId,
    merchant,
    amount,
    ...changes,
  };
}

function aReversal({ reference, pspTransactionId }: AuthorisationRequest) {
  return { reference: `${reference}-r1`, originalReference: reference, pspTransactionId };
}

/**
 * What the adapter relies on, whoever the acquirer is. Run it for every adapter, against the
 * acquirer's test environment or a double that keeps books.
 */
export function itIsAnAcquirer(name: string, start: () => Promise<AcquirerUnderTest>): void {
  describe(`${name}, as an acquirer`, () => {
    it('approves with what clearing needs', async () => {
      await using subject = await start();
      const outcome = await subject.acquirer.authorise(
        anAuthorisation(subject.amounts.approved),
        patience(),
      );

      assert.equal(outcome.kind, 'APPROVED');
      assert.ok(outcome.authorisationCode.length > 0);
      assert.equal(outcome.rrn.length, 12);
    });

    it('declines with the reason', async () => {
      await using subject = await start();
      const outcome = await subject.acquirer.authorise(
        anAuthorisation(subject.amounts.insufficientFunds),
        patience(),
      );

      assert.equal(outcome.kind, 'DECLINED');
      assert.equal(outcome.reason, 'INSUFFICIENT_FUNDS');
    });

    it('takes the same message sent twice for one authorisation', async () => {
      await using subject = await start();
      const request = anAuthorisation(subject.amounts.approved);
      const again = { ...request, card: { kind: 'PAN', card: aCard() } } as const;

      const first = await subject.acquirer.authorise(request, patience());
      const second = await subject.acquirer.authorise(again, patience());

      assert.deepEqual(second, first);
      assert.equal((await subject.books()).length, 1);
    });

    it('never calls a lost answer a decline, nor a lost message', async () => {
      await using subject = await start();
      subject.arrange.loseTheAnswerTo('authorise');
      const request = anAuthorisation(subject.amounts.approved);

      const outcome = await subject.acquirer.authorise(request, patience());

      assert.equal(outcome.kind, 'NO_ANSWER');
      const books = await subject.books();
      assert.equal(books.length, 1, 'an authorisation is sent once');
      assert.equal(books[0]?.approved, true);
    });

    it('calls a code that it does not know neither yes nor no', async () => {
      await using subject = await start();
      subject.arrange.answerNonsenseTo('authorise');

      const outcome = await subject.acquirer.authorise(
        anAuthorisation(subject.amounts.approved),
        patience(),
      );

      assert.equal(outcome.kind, 'UNINTELLIGIBLE');
    });

    it('does not take part of the amount for the whole', async () => {
      await using subject = await start();
      subject.arrange.approvePartly();

      const outcome = await subject.acquirer.authorise(
        anAuthorisation(subject.amounts.approved),
        patience(),
      );

      assert.equal(outcome.kind, 'UNINTELLIGIBLE');
    });

    it('promises that nothing was sent only when nothing was', async () => {
      await using subject = await start();
      await subject.arrange.goAway();

      const outcome = await subject.acquirer.authorise(
        anAuthorisation(subject.amounts.approved),
        patience(),
      );

      assert.equal(outcome.kind, 'NOT_SENT');
    });

    it('stops waiting when told to', async () => {
      await using subject = await start();

      const outcome = await subject.acquirer.authorise(
        anAuthorisation(subject.amounts.approved),
        AbortSignal.abort(),
      );

      assert.ok(outcome.kind === 'NOT_SENT' || outcome.kind === 'NO_ANSWER');
    });

    it('captures and refunds in parts, and refuses more than there is', async () => {
      await using subject = await start();
      const { acquirer } = subject;
      const request = anAuthorisation(nok(10_000n));
      await acquirer.authorise(request, patience());
      const step = (reference: string, minor: bigint) =>
        aModification(request, { reference, amount: nok(minor) });

      const outcomes = [
        await acquirer.capture(step('c1', 6_000n), patience()),
        await acquirer.capture(step('c2', 5_000n), patience()),
        await acquirer.refund(step('r1', 2_000n), patience()),
        await acquirer.refund(step('r2', 5_000n), patience()),
        await acquirer.void(step('v1', 4_000n), patience()),
        await acquirer.void(step('v2', 1n), patience()),
      ];

      assert.deepEqual(
        outcomes.map((outcome) => outcome.kind),
        ['DONE', 'REFUSED', 'DONE', 'REFUSED', 'DONE', 'REFUSED'],
      );
    });

    it('answers a capture whose answer was lost when it is asked again under the same key', async () => {
      await using subject = await start();
      const { acquirer } = subject;
      const request = anAuthorisation(subject.amounts.approved);
      await acquirer.authorise(request, patience());
      subject.arrange.loseTheAnswerTo('capture');

      const lost = await acquirer.capture(aModification(request), patience());
      const repeated = await acquirer.capture(aModification(request, { repeat: true }), patience());

      assert.equal(lost.kind, 'UNKNOWN');
      assert.equal(repeated.kind, 'DONE');
      const captures = (await subject.books()).filter(({ type }) => type === 'CAPTURE');
      assert.equal(captures.length, 1);
    });

    it('calls a capture whose answer makes no sense unknown', async () => {
      await using subject = await start();
      const request = anAuthorisation(subject.amounts.approved);
      await subject.acquirer.authorise(request, patience());
      subject.arrange.answerNonsenseTo('capture');

      const outcome = await subject.acquirer.capture(aModification(request), patience());

      assert.equal(outcome.kind, 'UNKNOWN');
    });

    it('reverses by our own reference what it approved, answer or no answer', async () => {
      await using subject = await start();
      const { acquirer } = subject;
      subject.arrange.loseTheAnswerTo('authorise');
      const request = anAuthorisation(subject.amounts.approved);
      await acquirer.authorise(request, patience());

      const first = await acquirer.reverse(aReversal(request), patience());
      const second = await acquirer.reverse(aReversal(request), patience());

      assert.deepEqual(first, { kind: 'ACKNOWLEDGED', found: true });
      assert.deepEqual(second, first);
      const reversals = (await subject.books()).filter(({ type }) => type === 'REVERSAL');
      assert.equal(reversals.length, 1);
      const capture = await acquirer.capture(aModification(request), patience());
      assert.equal(capture.kind, 'REFUSED', 'nothing is left to capture');
    });

    it('says that it found nothing to reverse', async () => {
      await using subject = await start();
      const request = anAuthorisation(subject.amounts.approved);

      const outcome = await subject.acquirer.reverse(aReversal(request), patience());

      assert.deepEqual(outcome, { kind: 'ACKNOWLEDGED', found: false });
    });

    it('acknowledges no reversal while it is away', async () => {
      await using subject = await start();
      const request = anAuthorisation(subject.amounts.approved);
      await subject.acquirer.authorise(request, patience());
      await subject.arrange.goAway();

      const outcome = await subject.acquirer.reverse(aReversal(request), patience());

      assert.equal(outcome.kind, 'NOT_ACKNOWLEDGED');
    });

    it('tells what became of a message', async () => {
      await using subject = await start();
      const { acquirer, amounts } = subject;
      const approved = anAuthorisation(amounts.approved);
      const declined = anAuthorisation(amounts.insufficientFunds);
      await acquirer.authorise(approved, patience());
      await acquirer.authorise(declined, patience());

      const [yes, no, none] = await Promise.all(
        [approved.reference, declined.reference, 'never-sent'].map((reference) =>
          acquirer.inquire(reference, patience()),
        ),
      );

      assert.equal(yes?.kind === 'FOUND' && yes.approved, true);
      assert.equal(no?.kind === 'FOUND' && no.approved, false);
      assert.equal(none?.kind, 'NOT_FOUND');
    });
  });
}
