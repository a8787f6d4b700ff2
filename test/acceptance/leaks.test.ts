import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { leaksIn } from './leaks.ts';

const secret = 'a secret/of+this~run?';
const bytes = Buffer.from(secret);

describe('the search for secrets in logs', () => {
  const guises = {
    'as it is': secret,
    'in hex': bytes.toString('hex'),
    'in base64': bytes.toString('base64'),
    'in base64, after one more byte': Buffer.concat([Buffer.from('"'), bytes]).toString('base64'),
    'in base64, after two and before three': Buffer.from(`{"${secret}"}]`).toString('base64'),
    'in base64 for URLs': bytes.toString('base64url'),
    'in a URL': encodeURIComponent(secret),
  };
  for (const [how, guise] of Object.entries(guises)) {
    it(`finds one written ${how}`, () => {
      assert.deepEqual(leaksIn(`before ${guise} after`, { it: ['another secret', secret] }), [
        'it',
      ]);
    });
  }

  it('finds nothing where nothing is', () => {
    assert.deepEqual(leaksIn('a secret of this walk', { it: [secret] }), []);
  });
});
