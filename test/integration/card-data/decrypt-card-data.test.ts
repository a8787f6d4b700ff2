import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { type KeyObject } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { decryptCardData } from '../../../src/card-data/decrypt-card-data.ts';
import { loadKeyRing, type KeyRing } from '../../../src/card-data/key-ring.ts';
import { exposePan, maskedPan } from '../../../src/card-data/payment-card.ts';
import {
  anRsaKey,
  encryptCard,
  encryptCardWithMixedHashes,
  encryptCardWithPkcs1Padding,
  nineteenDigitPan,
  plainCard,
  publicHalf,
  sessionId,
  visaPan,
} from '../../support/encrypted-card.ts';
import { aKeyDirectory, pkcs8, type KeyDirectory } from '../../support/key-directory.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const opensslIsNeeded = hasOpenssl ? {} : { skip: 'the openssl command is not installed' };

async function panOf(keyRing: KeyRing, cardData: string): Promise<string> {
  const result = await decryptCardData(keyRing, cardData);
  assert.ok(result.ok, `expected a card, got ${result.ok ? '' : result.reason}`);
  return exposePan(result.card);
}

describe('decrypting card data', () => {
  const [newKey, oldKey, longKey] = [anRsaKey(), anRsaKey(), anRsaKey(3072)];
  let directory: KeyDirectory;
  let keyRing: KeyRing;
  let sha1Ring: KeyRing;

  before(async () => {
    directory = await aKeyDirectory();
    await directory.put('20260301T000000Z-new.pem', pkcs8(newKey));
    await directory.put('20260201T000000Z-long.pem', pkcs8(longKey));
    await directory.put('20260101T000000Z-old.pem', pkcs8(oldKey));
    const options = { directory: directory.path, requirePrivateFiles: true } as const;
    keyRing = await loadKeyRing({ ...options, oaepHash: 'sha256' });
    sha1Ring = await loadKeyRing({ ...options, oaepHash: 'sha1' });
  });
  after(() => directory[Symbol.asyncDispose]());

  it('R40 opens 344 characters under RSA-2048 with SHA-256 for label and mask', async () => {
    const cardData = encryptCard(newKey);
    assert.equal(cardData.length, 344);

    const result = await decryptCardData(keyRing, cardData);

    assert.ok(result.ok);
    assert.equal(exposePan(result.card), visaPan);
    assert.equal(result.card.expiryYear, 2022);
    assert.equal(result.card.expiryMonth, 12);
    assert.equal(result.card.sessionId?.expose().toString(), sessionId);
    assert.equal(result.kid, keyRing.keys()[0]?.kid);
  });

  for (const plaintext of [`${nineteenDigitPan},2212,${sessionId}`, `${nineteenDigitPan},2212,x`]) {
    it(`R40 opens a number of 19 digits, ${plaintext.length} bytes in all`, async () => {
      assert.equal(await panOf(keyRing, encryptCard(newKey, plaintext)), nineteenDigitPan);
    });
  }

  it('R41 opens SHA-1 where that is configured', async () => {
    assert.equal(await panOf(sha1Ring, encryptCard(newKey, plainCard, 'sha1')), visaPan);
  });

  it('R41 refuses SHA-256 where SHA-1 is configured, and the other way round', async () => {
    const refusal = { ok: false, reason: 'KEY' };

    assert.deepEqual(await decryptCardData(sha1Ring, encryptCard(newKey)), refusal);
    assert.deepEqual(
      await decryptCardData(keyRing, encryptCard(newKey, plainCard, 'sha1')),
      refusal,
    );
  });

  it('R42 refuses month 13', async () => {
    const result = await decryptCardData(keyRing, encryptCard(newKey, `${visaPan},2213,x`));

    assert.deepEqual(result, { ok: false, reason: 'STRUCTURE' });
  });

  it('R43 opens a plaintext with a space after the second comma', async () => {
    const spaced = `${visaPan},2212, ${sessionId}`;

    assert.equal(await panOf(keyRing, encryptCard(newKey, spaced)), visaPan);
  });

  it('R45 opens what was encrypted under any key of the ring, of whatever length', async () => {
    for (const key of [newKey, oldKey, longKey]) {
      assert.equal(await panOf(keyRing, encryptCard(key)), visaPan);
    }
  });

  const zeros = Buffer.alloc(256).toString('base64');
  const tooLarge = Buffer.alloc(256, 0xff).toString('base64');
  for (const [what, cardData, reason] of [
    ['a key that is not in the ring', encryptCard(anRsaKey()), 'KEY'],
    ['PKCS#1 v1.5 padding', encryptCardWithPkcs1Padding(newKey), 'KEY'],
    ['SHA-256 for the label and SHA-1 for the mask', encryptCardWithMixedHashes(newKey), 'KEY'],
    ['nothing but zeros', zeros, 'KEY'],
    ['a number larger than the modulus', tooLarge, 'KEY'],
    ['255 bytes', encryptCard(newKey).slice(0, 340), 'LENGTH'],
    ['something else inside', encryptCard(newKey, 'hello'), 'STRUCTURE'],
    ['nothing inside', encryptCard(newKey, ''), 'STRUCTURE'],
    ['190 commas inside', encryptCard(newKey, ','.repeat(190)), 'STRUCTURE'],
  ] as const) {
    it(`R44 refuses ${what}`, async () => {
      assert.deepEqual(await decryptCardData(keyRing, cardData), { ok: false, reason });
    });
  }

  it('R44 refuses a ciphertext with any one bit changed', async () => {
    const ciphertext = Buffer.from(encryptCard(newKey), 'base64');
    const anyBit = fc.integer({ min: 0, max: ciphertext.length * 8 - 1 });

    await fc.assert(
      fc.asyncProperty(anyBit, async (bit) => {
        const changed = Buffer.from(ciphertext);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const result = await decryptCardData(keyRing, changed.toString('base64'));
        assert.deepEqual(result, { ok: false, reason: 'KEY' });
      }),
      { numRuns: 40 },
    );
  });

  it('R44 never throws, whatever text it is given', async () => {
    const text = fc.oneof(
      fc.string({ maxLength: 700 }),
      fc
        .uint8Array({ minLength: 256, maxLength: 256 })
        .map((bytes) => Buffer.from(bytes).toString('base64')),
    );

    await fc.assert(
      fc.asyncProperty(text, async (cardData) => {
        assert.equal((await decryptCardData(keyRing, cardData)).ok, false);
      }),
      { numRuns: 60 },
    );
  });

  it('opens whatever card was encrypted', async () => {
    const digit = fc.constantFrom(...Array.from('0123456789'));

    await fc.assert(
      fc.asyncProperty(fc.string({ unit: digit, minLength: 16, maxLength: 19 }), async (pan) => {
        assert.equal(await panOf(keyRing, encryptCard(oldKey, `${pan},3006,x`)), pan);
      }),
      { numRuns: 25 },
    );
  });

  it('decrypts a few at a time and refuses when too many wait', async () => {
    const small = await loadKeyRing({
      directory: directory.path,
      requirePrivateFiles: true,
      oaepHash: 'sha256',
      decryptionsInFlightMax: 2,
      decryptionsWaitingMax: 3,
    });

    const calls = Array.from({ length: 8 }, () => decryptCardData(small, encryptCard(newKey)));
    const results = await Promise.allSettled(calls);

    const refused = results.filter((result) => result.status === 'rejected');
    assert.equal(results.length - refused.length, 5);
    for (const { reason } of refused) {
      assert.equal((reason as { code?: unknown }).code, 'DECRYPTION_OVERLOADED');
    }
    assert.equal(await panOf(small, encryptCard(newKey)), visaPan);
  });

  describe('encrypted by openssl', opensslIsNeeded, () => {
    function opensslEncrypt(key: KeyObject, label: string, mask: string): string {
      const pem = publicHalf(key).export({ type: 'spki', format: 'pem' }).toString();
      const options = ['rsa_padding_mode:oaep', `rsa_oaep_md:${label}`, `rsa_mgf1_md:${mask}`];
      const script =
        'f=$(mktemp); trap "rm -f $f" EXIT; printf %s "$PEM" > "$f"; openssl pkeyutl -encrypt -pubin -inkey "$f" ' +
        options.map((option) => `-pkeyopt ${option}`).join(' ');
      return execFileSync('sh', ['-c', script], {
        input: plainCard,
        env: { ...process.env, PEM: pem },
      }).toString('base64');
    }

    it('R40 opens SHA-256', async () => {
      assert.equal(await panOf(keyRing, opensslEncrypt(newKey, 'sha256', 'sha256')), visaPan);
    });

    it('R41 opens SHA-1 where that is configured', async () => {
      assert.equal(await panOf(sha1Ring, opensslEncrypt(newKey, 'sha1', 'sha1')), visaPan);
    });

    it('R44 refuses SHA-256 for the label and SHA-1 for the mask, in either setting', async () => {
      for (const ring of [keyRing, sha1Ring]) {
        const result = await decryptCardData(ring, opensslEncrypt(newKey, 'sha256', 'sha1'));
        assert.deepEqual(result, { ok: false, reason: 'KEY' });
      }
    });
  });

  it('leaves what may be shown of a card after the number was wiped', async () => {
    const result = await decryptCardData(keyRing, encryptCard(newKey));
    assert.ok(result.ok);

    const shown = maskedPan(result.card);
    result.card.wipe();

    assert.equal(shown, '492500******0004');
    assert.ok(result.card.pan.expose().every((byte) => byte === 0));
  });
});
