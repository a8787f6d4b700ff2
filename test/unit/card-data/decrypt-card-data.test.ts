import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decryptCardData } from '../../../src/card-data/decrypt-card-data.ts';
import { type DecryptionKey } from '../../../src/card-data/decryption-key.ts';
import { type KeyRing } from '../../../src/card-data/key-ring.ts';
import { plainCard } from '../../support/encrypted-card.ts';

interface CountingKey extends DecryptionKey {
  readonly attempts: Uint8Array[];
  readonly plaintexts: Uint8Array[];
}

/** A key that gives the same for every ciphertext, and remembers what it was given. */
function aKey(kid: string, bits: number, plaintext?: string): CountingKey {
  const attempts: Uint8Array[] = [];
  const plaintexts: Uint8Array[] = [];
  return {
    kid,
    bits,
    modulusBytes: bits / 8,
    attempts,
    plaintexts,
    decrypt: (ciphertext) => {
      attempts.push(ciphertext);
      if (plaintext === undefined) return Promise.resolve(undefined);
      const opened = Buffer.from(plaintext);
      plaintexts.push(opened);
      return Promise.resolve(opened);
    },
  };
}

function aRing(...keys: readonly DecryptionKey[]): KeyRing {
  return {
    keys: () => keys,
    publicKeyPem: () => '',
    publicKeys: () => ({}),
    inTurn: (work) => work(),
    reload: () => Promise.resolve('UNCHANGED'),
  };
}

const ciphertext = Buffer.alloc(256, 7).toString('base64');

describe('trying the keys', () => {
  it('R45 begins with the newest and stops at the one that fits', async () => {
    const keys = [aKey('new', 2048), aKey('old', 2048, plainCard), aKey('older', 2048, plainCard)];

    const result = await decryptCardData(aRing(...keys), ciphertext);

    assert.equal(result.ok && result.kid, 'old');
    assert.deepEqual(
      keys.map(({ attempts }) => attempts.length),
      [1, 1, 0],
    );
  });

  for (const [what, cardData, reason] of [
    ['is empty', '', 'LENGTH'],
    ['is a few characters', 'f0a29801b4#d4ff30e221fa2980ff30e2', 'LENGTH'],
    ['is a megabyte', 'A'.repeat(1_048_576), 'LENGTH'],
    ['is 255 bytes', Buffer.alloc(255, 7).toString('base64'), 'LENGTH'],
    [
      'is 257 bytes, which is as many characters as 256',
      Buffer.alloc(257, 7).toString('base64'),
      'LENGTH',
    ],
    ['has no padding', ciphertext.slice(0, 342), 'LENGTH'],
    ['has a character outside the alphabet', `#${ciphertext.slice(1)}`, 'BASE64'],
    ['is base64url', Buffer.alloc(256, 0xff).toString('base64').replaceAll('/', '_'), 'BASE64'],
    ['has a space within', ` ${ciphertext.slice(1)}`, 'BASE64'],
    ['has bits left over in its last character', `${ciphertext.slice(0, 341)}x==`, 'BASE64'],
    ['has padding within', `${ciphertext.slice(0, 340)}====`, 'BASE64'],
    ['is in other letters', 'æ'.repeat(344), 'BASE64'],
    ['fits none of the keys', ciphertext, 'KEY'],
  ] as const) {
    it(`R44 costs one attempt with each key when the card data ${what}`, async () => {
      const keys = [aKey('new', 2048), aKey('old', 2048), aKey('long', 4096)];

      const result = await decryptCardData(aRing(...keys), cardData);

      assert.deepEqual(result, { ok: false, reason });
      assert.deepEqual(
        keys.map(({ attempts }) => attempts.length),
        [1, 1, 0],
      );
    });
  }

  it('R44 goes on to the other keys when what it opened is no card', async () => {
    const keys = [aKey('new', 2048, 'no card'), aKey('old', 2048)];

    const result = await decryptCardData(aRing(...keys), ciphertext);

    assert.deepEqual(result, { ok: false, reason: 'STRUCTURE' });
    assert.deepEqual(
      keys.map(({ attempts }) => attempts.length),
      [1, 1],
    );
  });

  it('R44 takes as long for bad base64 as for another key of that length', async () => {
    for (const cardData of [ciphertext, `#${ciphertext.slice(1)}`]) {
      const keys = [aKey('long', 4096), aKey('short', 2048)];

      await decryptCardData(aRing(...keys), cardData);

      assert.deepEqual(
        keys.map(({ attempts }) => attempts.length),
        [0, 1],
      );
    }
  });

  it('takes the keys of the ciphertext’s length only', async () => {
    const keys = [aKey('short', 2048, plainCard), aKey('long', 3072, plainCard)];

    const result = await decryptCardData(aRing(...keys), Buffer.alloc(384, 7).toString('base64'));

    assert.equal(result.ok && result.kid, 'long');
    assert.equal(keys[0]?.attempts.length, 0);
  });

  for (const [what, plaintext] of [
    ['was a card', plainCard],
    ['was none', 'no card'],
  ] as const) {
    it(`R46 wipes ciphertext and plaintext when it ${what}`, async () => {
      const key = aKey('only', 2048, plaintext);

      await decryptCardData(aRing(key), ciphertext);

      assert.ok(key.attempts.every((bytes) => bytes.every((byte) => byte === 0)));
      assert.ok(key.plaintexts.every((bytes) => bytes.every((byte) => byte === 0)));
    });
  }
});
