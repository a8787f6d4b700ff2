import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { leaksIn, searchFor } from './leaks.ts';

const secret = 'a secret/of+this~run?';
const bytes = Buffer.from(secret);
const card = '4925000000000004';
const utf16 = Buffer.from(secret, 'utf16le');

/** What is looked for, and how it was written. */
const guises: Readonly<Record<string, readonly [sought: string, written: string | Buffer]>> = {
  'as it is': [secret, secret],
  'in hex': [secret, bytes.toString('hex')],
  'in hex of capital letters': [secret, bytes.toString('hex').toUpperCase()],
  'in base64': [secret, bytes.toString('base64')],
  'in base64, after one more byte': [
    secret,
    Buffer.concat([Buffer.from('"'), bytes]).toString('base64'),
  ],
  'in base64, after two and before three': [
    secret,
    Buffer.from(`{"${secret}"}]`).toString('base64'),
  ],
  'in base64 for URLs': [secret, bytes.toString('base64url')],
  'in a URL': [secret, encodeURIComponent(secret)],
  'in a URL, each byte': [secret, bytes.toString('hex').replaceAll(/../g, '%$&')],
  'in UTF-16, the low byte first': [secret, utf16],
  'in UTF-16, the high byte first': [secret, Buffer.from(utf16).swap16()],
  'in UTF-16 and then in base64': [secret, utf16.toString('base64')],
  'in UTF-16 and then in hex': [secret, utf16.toString('hex')],
  'in groups with spaces': [card, '4925 0000 0000 0004'],
  'in groups with dashes': [card, '4925-0000-0000-0004'],
  'in hex, as a card number': [card, Buffer.from(card).toString('hex')],
  'in a JSON text, as a number': [card, JSON.stringify({ pan: Number(card) })],
};

describe('the search for secrets', () => {
  for (const [how, [sought, written]] of Object.entries(guises)) {
    it(`finds one written ${how}`, () => {
      const search = searchFor({ other: ['another secret'], it: ['nothing at all', sought] });
      const text = Buffer.concat([
        Buffer.from('before '),
        Buffer.from(written),
        Buffer.from(' after'),
      ]);
      assert.deepEqual(search(text), ['it']);
    });
  }

  it('finds one at the very beginning and at the very end', () => {
    assert.deepEqual(leaksIn(`${secret} ${card}`, { first: [secret], last: [card] }), [
      'first',
      'last',
    ]);
  });

  it('finds nothing where nothing is', () => {
    assert.deepEqual(leaksIn('a secret of this walk', { it: [secret] }), []);
    assert.deepEqual(leaksIn('4925000000000012 492500******0004', { it: [card] }), []);
    assert.deepEqual(leaksIn(secret.slice(0, -1), { it: [secret] }), []);
    assert.deepEqual(leaksIn('', { it: [secret] }), []);
  });
});
