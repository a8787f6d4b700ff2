import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { type ModificationOutcome } from '../../../src/acquirer/acquirer.ts';
import { done, scriptedAcquirer } from '../../support/scripted-acquirer.ts';
import { type Harness, startMerchantApi } from '../merchant-api/a-merchant-api.ts';
import {
  amountsOf,
  anAuthorisedPayment,
  cancel,
  capture,
  completeNow,
  refund,
  updatesOf,
} from './a-modification.ts';

type Message = 'capture' | 'void' | 'refund';
type Booked = { captured: number; cancelled: number; refunded: number };

/** What an acquirer makes of a message: all the arithmetic there is. */
function book(books: Booked, authorised: number, message: Message, amount: number): boolean {
  const remainder = authorised - books.captured - books.cancelled;
  const left = message === 'refund' ? books.captured - books.refunded : remainder;
  if (amount > left) return false;
  if (message === 'capture') books.captured += amount;
  if (message === 'void') books.cancelled += amount;
  if (message === 'refund') books.refunded += amount;
  return true;
}

const authorised = 1_000;
const operation = fc.record({
  call: fc.constantFrom('capture', 'cancel', 'refund'),
  value: fc.integer({ min: 1, max: 700 }),
});
const waves = fc.array(fc.array(operation, { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 4,
});
/** What befalls each message in turn: booked and answered, booked and the answer lost, lost on the way. */
const fates = fc.array(fc.constantFrom('ANSWERED', 'ANSWERED', 'ANSWER_LOST', 'LOST'), {
  maxLength: 12,
});

describe('Captures, cancels and refunds in any order, at once and with answers lost,', () => {
  const acquirer = scriptedAcquirer();
  let harness: Harness;
  before(async () => {
    harness = await startMerchantApi({ acquirer });
  });
  after(() => harness[Symbol.asyncDispose]());

  it('R60 come to what the acquirer has in its books, each reported once', async () => {
    await fc.assert(
      fc.asyncProperty(waves, fates, async (given, befalling) => {
        const { database, merchant } = harness;
        const payment = await anAuthorisedPayment(database, {
          msn: merchant.msn,
          amountMinor: BigInt(authorised),
        });
        const books: Booked = { captured: 0, cancelled: 0, refunded: 0 };
        const answers = new Map<string, ModificationOutcome>();
        const effects: string[] = [];
        const upcoming = [...befalling];
        acquirer.modifyWith(({ reference, message, amount }) => {
          const fate = upcoming.shift() ?? 'ANSWERED';
          if (fate === 'LOST') return { kind: 'UNKNOWN', why: 'lost' };
          const minor = Number(amount.minor);
          const known = answers.get(reference);
          const isBooked = known === undefined && book(books, authorised, message, minor);
          if (isBooked) effects.push(`${message} ${minor}`);
          const answer = known ?? (isBooked ? done : { kind: 'REFUSED', responseCode: '61' });
          answers.set(reference, answer);
          return fate === 'ANSWERED' ? answer : { kind: 'UNKNOWN', why: 'answer lost' };
        });

        const succeeded: string[] = [];
        for (const wave of given) {
          await Promise.all(
            wave.map(async ({ call, value }) => {
              const calls = { capture, refund };
              const { status } =
                call === 'cancel'
                  ? await cancel(harness, payment.reference)
                  : await calls[call](harness, payment.reference, value);
              assert.ok([200, 400, 423].includes(status), String(status));
              if (status === 200) succeeded.push(call);
            }),
          );
        }
        upcoming.length = 0;
        await completeNow(database, acquirer);

        const amounts = await amountsOf(database, payment);
        assert.deepEqual(amounts, {
          captured: BigInt(books.captured),
          capturing: 0n,
          cancelled: BigInt(books.cancelled),
          cancelling: 0n,
          refunded: BigInt(books.refunded),
          refunding: 0n,
        });
        const words = { CAPTURED: 'capture', CANCELLED: 'void', REFUNDED: 'refund' };
        const reported = (await updatesOf(database, payment)).map(
          ([status, minor]) => `${words[status as keyof typeof words]} ${String(minor)}`,
        );
        assert.deepEqual(reported, effects);
        assert.ok(succeeded.length <= effects.length);
      }),
      { numRuns: 60 },
    );
  });
});
