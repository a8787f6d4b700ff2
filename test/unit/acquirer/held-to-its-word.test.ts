import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Acquirer,
  type ModificationRequest,
  type ReversalRequest,
} from '../../../src/acquirer/acquirer.ts';
import { heldToItsWord } from '../../../src/acquirer/held-to-its-word.ts';
import { systemClock } from '../../../src/shared/clock.ts';

const modification: ModificationRequest = {
  reference: 'c1',
  originalReference: 'a1',
  pspTransactionId: 'p1',
  merchant: {
    msn: '123456',
    acquirerMerchantId: 'm1',
    terminalId: 't1',
    categoryCode: '5411',
    descriptor: 'Shop',
    country: 'NO',
  },
  amount: { minor: 100n, currency: 'NOK' },
};
const reversal: ReversalRequest = {
  reference: 'r1',
  originalReference: 'a1',
  pspTransactionId: 'p1',
};

type Ask = (acquirer: Acquirer, signal: AbortSignal) => Promise<unknown>;

const asks: Readonly<Record<Exclude<keyof Acquirer, 'authorise'>, readonly [Ask, string]>> = {
  capture: [(acquirer, signal) => acquirer.capture(modification, signal), 'UNKNOWN'],
  void: [(acquirer, signal) => acquirer.void(modification, signal), 'UNKNOWN'],
  refund: [(acquirer, signal) => acquirer.refund(modification, signal), 'UNKNOWN'],
  reverse: [(acquirer, signal) => acquirer.reverse(reversal, signal), 'NOT_ACKNOWLEDGED'],
  inquire: [(acquirer, signal) => acquirer.inquire('a1', signal), 'UNKNOWN'],
};

const everyMethod = (method: () => Promise<never>): Acquirer => ({
  authorise: method,
  capture: method,
  void: method,
  refund: method,
  reverse: method,
  inquire: method,
});

describe('An acquirer whose adapter breaks its word', () => {
  for (const [name, [ask, kind]] of Object.entries(asks)) {
    it(`is not waited for beyond the signal (${name})`, async () => {
      const deaf = everyMethod(() => new Promise(() => undefined));
      const timeUp = new AbortController();

      const answer = ask(heldToItsWord(deaf, systemClock), timeUp.signal);
      timeUp.abort();

      assert.deepEqual(await answer, { kind, why: 'no answer in time' });
      const afterwards = ask(heldToItsWord(deaf, systemClock), timeUp.signal);
      assert.deepEqual(await afterwards, { kind, why: 'no answer in time' });
    });

    it(`has said nothing where it throws (${name})`, async () => {
      const broken = everyMethod(() => {
        throw new Error('a bug');
      });

      const answer = await ask(heldToItsWord(broken, systemClock), new AbortController().signal);

      assert.deepEqual(answer, { kind, why: 'a bug' });
    });
  }
});
