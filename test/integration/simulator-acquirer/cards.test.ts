import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import supertest from 'supertest';
import { createAcquirerSimulator } from '../../../src/simulator/acquirer/acquirer-simulator.ts';
import { publishedTestTokens, testCards } from '../../../src/simulator/acquirer/test-cards.ts';
import { anAuthorisation, manualClock } from './a-call.ts';

const june2026 = new Date('2026-06-30T23:59:59.999Z');

function anAcquirer(now = june2026) {
  const simulator = createAcquirerSimulator({ clock: manualClock(now).clock });
  let count = 0;
  return {
    simulator,
    codeOf: async (members: object): Promise<string> => {
      const message = anAuthorisation(`auth${(count += 1)}`, { ...members });
      const response = await supertest(simulator.app)
        .post('/authorisations')
        .set('Idempotency-Key', message.reference)
        .send(message)
        .expect(200);
      return (response.body as { responseCode: string }).responseCode;
    },
  };
}

const aToken = (number: string, expiry: string) => ({
  card: undefined,
  networkToken: {
    number,
    cryptogram: 'AgAAAAAAAIR8CQrXSohbQAAAAAA=',
    expiryMonth: expiry.slice(2),
    expiryYear: `20${expiry.slice(0, 2)}`,
    tokenType: 'VISA',
  },
});

describe('the test cards', () => {
  for (const { number, expiry, answers, note } of testCards) {
    it(`${note} (${number.length} digits) answers ${answers}`, async () => {
      const { codeOf } = anAcquirer();
      const byAmount = answers === 'BY_AMOUNT';
      const card = { pan: number, expiry };
      assert.equal(await codeOf({ card }), byAmount ? '00' : answers);
      for (const amount of [182, 185, 191, 192, 193, 194, 196, 201]) {
        if (!byAmount) assert.equal(await codeOf({ card, amount }), answers);
      }
    });
  }

  it('are all in the document, with expiry', () => {
    const document = new URL('../../../../src/simulator/acquirer/README.md', import.meta.url);
    const rows = readFileSync(document, 'utf8').split('\n');
    for (const { number, expiry } of testCards) {
      assert.ok(
        rows.some((row) => row.includes(number) && row.includes(`| ${expiry} `)),
        `${number} ${expiry}`,
      );
    }
  });

  it('are there for both schemes, credit and debit, with 16 and with 19 digits', () => {
    const kinds = testCards
      .filter(({ answers }) => answers === 'BY_AMOUNT')
      .flatMap(({ scheme, funding, number }) => [
        `${scheme} ${funding}`,
        `${scheme} ${number.length}`,
      ]);
    for (const kind of ['VISA CREDIT', 'VISA DEBIT', 'MASTERCARD CREDIT', 'MASTERCARD DEBIT']) {
      assert.ok(kinds.includes(kind), kind);
    }
    for (const kind of ['VISA 16', 'VISA 19', 'MASTERCARD 16', 'MASTERCARD 19']) {
      assert.ok(kinds.includes(kind), kind);
    }
  });
});

describe('a card', () => {
  it('is good to the end of its month and expired after', async () => {
    const card = { pan: '4111111111111111', expiry: '2606' };
    assert.equal(await anAcquirer(june2026).codeOf({ card }), '00');
    assert.equal(await anAcquirer(new Date('2026-07-01T00:00:00.000Z')).codeOf({ card }), '54');
  });

  it('expires by the clock that the control API moves', async () => {
    const { simulator, codeOf } = anAcquirer();
    simulator.control.set({ clockOffsetMs: 86_400_000 });
    assert.equal(await codeOf({ card: { pan: '4111111111111111', expiry: '2606' } }), '54');
    assert.match(simulator.ledger()[0]?.at ?? '', /^2026-07-01T/);
  });

  it('has an unknown issuer before it has a bad check digit', async () => {
    assert.equal(
      await anAcquirer().codeOf({ card: { pan: '9111000000000010', expiry: '2001' } }),
      '15',
    );
  });
});

describe('a network token', () => {
  for (const { number, expiry } of publishedTestTokens) {
    it(`that Vipps' test environment hands out is good: ${number} ${expiry}`, async () => {
      assert.equal(
        await anAcquirer(new Date('2026-11-01T00:00:00Z')).codeOf(aToken(number, expiry)),
        '00',
      );
    });
  }

  it('is checked like a card otherwise', async () => {
    const { codeOf } = anAcquirer();
    assert.equal(await codeOf(aToken('4895370013193500', '2605')), '54');
    assert.equal(await codeOf(aToken('4111111111111111', '2606')), '00');
    assert.equal(await codeOf(aToken('4895370013193501', '3012')), '14');
    assert.equal(await codeOf(aToken('9111000000000015', '3012')), '15');
  });
});
