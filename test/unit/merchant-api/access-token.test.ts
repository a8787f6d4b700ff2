import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { createAccessTokens } from '../../../src/merchant-api/access-token.ts';
import { deriveKey } from '../../../src/shared/derive-key.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { stoppedClock } from '../../support/stopped-clock.ts';

const secret = new Secret('a secret that all copies of the service share');
const merchant = { msn: '123456', clientId: 'a-client' };

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe("a merchant's access token", () => {
  it('names its holder on every copy with the same secret, and on no other', () => {
    const clock = stoppedClock();
    const { jwt } = createAccessTokens(secret, clock).issue(merchant);

    assert.deepEqual(createAccessTokens(secret, clock).holderOf(jwt), merchant);
    const stranger = createAccessTokens(new Secret('another secret of another service'), clock);
    assert.equal(stranger.holderOf(jwt), undefined);
  });

  it('is good for an hour', () => {
    const clock = stoppedClock();
    const tokens = createAccessTokens(secret, clock);
    const { jwt } = tokens.issue(merchant);

    clock.advance(3_599_000);
    assert.notEqual(tokens.holderOf(jwt), undefined);
    clock.advance(1_000);
    assert.equal(tokens.holderOf(jwt), undefined);
  });

  it('is refused with another algorithm, another holder, a part too many, or too long', () => {
    const tokens = createAccessTokens(secret, stoppedClock());
    const { jwt } = tokens.issue(merchant);
    const [header = '', claims = '', signature = ''] = jwt.split('.');
    const sign = (text: string): string =>
      createHmac('sha256', deriveKey(secret, 'merchant access token').expose())
        .update(text)
        .digest('base64url');
    const none = encoded({ alg: 'none', typ: 'JWT' });
    const other = encoded({ sub: 'a', msn: '654321', exp: 9_999_999_999 });

    const forged = [
      `${none}.${claims}.`,
      `${none}.${claims}.${sign(`${none}.${claims}`)}`,
      `${header}.${other}.${signature}`,
      `${jwt}.x`,
      `${header}.${claims}`,
      `${header}.${claims}.${'A'.repeat(3_000)}`,
      `${header}.${encoded({ msn: 1 })}.${sign(`${header}.${encoded({ msn: 1 })}`)}`,
      '',
    ];
    for (const text of forged) assert.equal(tokens.holderOf(text), undefined);
  });
});
