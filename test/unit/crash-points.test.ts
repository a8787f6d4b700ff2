import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { effectsIn } from '../tidy/crash-point-list.ts';
import { projectFiles } from '../tidy/project-files.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const source = (text: string, path = 'src/payments/a-repository.ts') => effectsIn([{ path, text }]);
const commitsOf = (text: string) =>
  source(text).effects.filter((effect) => effect.startsWith('commit.'));

describe('the crash points', () => {
  it('stand around every effect of the service', async () => {
    const { effects, faults } = effectsIn(await projectFiles(root));

    assert.deepEqual(faults, []);
    for (const known of ['commit.leg-open', 'commit.idempotency-claim', 'acquirer.void', 'reply']) {
      assert.ok(effects.includes(known), known);
    }
    assert.ok(effects.length > 30);
  });

  const unnamed = {
    'a statement that writes, by its text': "hot.query('delete from payment');",
    'a statement that writes, by its constant':
      'const dropSql = `delete from payment`; hot.query(dropSql, [1]);',
    'a statement that writes through another constant':
      'const dropSql = `delete from payment`; const moreSql = `with d as (${dropSql}) select 1`; hot.query({ text: moreSql });',
    'a text that a function makes':
      "const dropSql = (of: string) => `delete from ${of}`; hot.query(dropSql('a'));",
    'a transaction': 'inTransaction(database, (trx) => work(trx));',
    'a transaction by the back door': 'knex.transaction((trx) => work(trx));',
    'a statement of the query builder': "knex('payment').insert({});",
  };
  for (const [what, text] of Object.entries(unnamed)) {
    it(`are missed at ${what} without a name`, () => {
      assert.equal(source(text).faults.length, 1);
    });
  }

  it('are called after the name beside the text, or after the transaction', () => {
    const text = `
      const dropSql = \`delete from payment\`;
      hot.query({ name: 'payment-drop', text: dropSql });
      write('payment-drop-some', dropSql, columns);
      inTransaction(database, 'payment-move', (trx) => trx.raw(dropSql));
      hot.query('select 1');`;

    assert.deepEqual(source(text).faults, []);
    assert.deepEqual(commitsOf(text), [
      'commit.payment-drop',
      'commit.payment-drop-some',
      'commit.payment-move',
    ]);
  });

  it('have no name twice', () => {
    const text = "inTransaction(database, 'move', work); inTransaction(database, 'move', work);";

    assert.equal(source(text).faults.length, 1);
  });
});
