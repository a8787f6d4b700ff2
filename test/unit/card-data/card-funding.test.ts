import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { cardFundingOf, unknownFunding } from '../../../src/card-data/card-funding.ts';
import {
  FundingTableInvalid,
  readFundingTable,
} from '../../../src/card-data/read-funding-table.ts';
import { testCardFunding } from '../../../src/sandbox/test-card-funding.ts';
import { testCards } from '../../../src/simulator/acquirer/test-cards.ts';

describe('the funding of a card', () => {
  it('is that of the narrowest range that holds it', () => {
    const funding = cardFundingOf([
      { from: '45', to: '45', funding: 'CREDIT' },
      { from: '4571', to: '4571', funding: 'DEBIT' },
      { from: '457123', to: '457124', funding: 'CREDIT' },
    ]);

    assert.deepEqual(
      ['450000', '459999', '457199', '457123', '457124', '457125', '460000'].map(funding),
      ['CREDIT', 'CREDIT', 'DEBIT', 'CREDIT', 'CREDIT', 'DEBIT', 'UNKNOWN'],
    );
  });

  it('is unknown without a table', () => {
    assert.equal(unknownFunding('411111'), 'UNKNOWN');
  });

  it('of the test cards is what the simulated acquirer says', () => {
    for (const { number, funding } of testCards) {
      assert.equal(testCardFunding(number.slice(0, 6)), funding ?? 'UNKNOWN', number);
    }
  });

  const refused = [
    ['no JSON', 'from,to'],
    ['no list', '{}'],
    ['letters', '[{"from":"45a","to":"45b","funding":"DEBIT"}]'],
    ['ends of different lengths', '[{"from":"45","to":"4599","funding":"DEBIT"}]'],
    ['ends the wrong way round', '[{"from":"46","to":"45","funding":"DEBIT"}]'],
    ['another word', '[{"from":"45","to":"45","funding":"PREPAID"}]'],
  ] as const;
  for (const [what, text] of refused) {
    it(`is not read from a file with ${what}`, async (t) => {
      const directory = await mkdtemp(path.join(tmpdir(), 'funding-'));
      t.after(() => rm(directory, { recursive: true }));
      const file = path.join(directory, 'table.json');
      await writeFile(file, text);

      await assert.rejects(readFundingTable(file), FundingTableInvalid);
    });
  }

  it('is not read from a file that is not there, and the error names the variable', async () => {
    await assert.rejects(readFundingTable('/nowhere/at/all'), /CARD_FUNDING_FILE/);
  });
});
