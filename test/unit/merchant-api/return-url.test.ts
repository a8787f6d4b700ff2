import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isReturnUrl } from '../../../src/merchant-api/return-url.ts';

describe('R10 a return URL', () => {
  const good = [
    'https://shop.no/back?a=1&b=%20#top',
    'http://shop.no',
    'https://shop.example.com/back?ref=shop-1001-a1',
    'HTTPS://Shop.NO:8443/',
    'https://xn--blbr-roah.no/',
    'http://127.0.0.1:8080/back',
    'https://[2001:db8::1]/',
  ];
  for (const url of good) {
    it(`may be ${url}`, () => {
      assert.equal(isReturnUrl(url, 'WEB_REDIRECT'), true);
    });
  }

  const bad = [
    '',
    'shop.no/back',
    '/back',
    'https://',
    'https://localhost/back',
    'http://localhost:3000',
    'https://shop',
    'https://shop.local/',
    'https://shop.test/',
    'https://-shop.no/',
    'https://shop.no:99999/',
    'https://user:password@shop.no/',
    'https://shop.no//back',
    'https://shop.no/../back',
    'https://shop.no/%zz',
    'https://shop.no/a b',
    'https://shop.no/"><script>',
    'https://shop.no/\n',
    'https://blåbær.no/',
    'https://999.1.1.1/',
    'ftp://shop.no/',
    'myshop://paid',
    'javascript:alert(1)',
    `https://shop.no/${'a'.repeat(2_500)}`,
  ];
  for (const url of bad) {
    it(`may not be ${JSON.stringify(url).slice(0, 60)}`, () => {
      assert.equal(isReturnUrl(url, 'WEB_REDIRECT'), false);
    });
  }

  it('may have a scheme of its own in an app, and there alone', () => {
    assert.equal(isReturnUrl('myshop://paid?x=1', 'NATIVE_REDIRECT'), true);
    assert.equal(isReturnUrl('myshop://paid?x=1', 'PUSH_MESSAGE'), false);
    for (const url of [
      'javascript://%0aalert(1)',
      'data://x',
      'file://etc/passwd',
      'myshop:paid',
    ]) {
      assert.equal(isReturnUrl(url, 'NATIVE_REDIRECT'), false, url);
    }
    assert.equal(isReturnUrl('https://localhost/', 'NATIVE_REDIRECT'), false);
  });
});
