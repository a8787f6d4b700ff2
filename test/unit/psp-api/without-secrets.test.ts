import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withoutSecrets } from '../../../src/psp-api/without-secrets.ts';
import { Secret } from '../../../src/shared/secret.ts';

const key = new Secret('a/subscription/key');
const token = new Secret('a-makePayment-token');

function cleaned(body: string): string {
  const answer = { status: 400, headers: {}, body: Buffer.from(body) };
  return withoutSecrets(answer, [key, token, new Secret('short')]).body.toString();
}

describe('An answer of Vipps that repeats what it was sent', () => {
  it('is read without the secrets, all of them and each time (R46)', () => {
    assert.equal(
      cleaned('{"a":"a/subscription/key","b":"a-makePayment-token a-makePayment-token"}'),
      '{"a":"[secret]","b":"[secret] [secret]"}',
    );
  });

  it('is read without them also where slashes are escaped', () => {
    assert.equal(cleaned('{"a":"a\\/subscription\\/key"}'), '{"a":"[secret]"}');
  });

  it('is the same to the last byte where it repeats none', () => {
    const body = Buffer.from([0xff, 0x00, 0x7b]);
    const answer = { status: 200, headers: {}, body };
    assert.equal(withoutSecrets(answer, [key, token]), answer);
    assert.equal(cleaned('short cuts'), 'short cuts');
  });
});
