import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { decryptCardData } from '../../../src/card-data/decrypt-card-data.ts';
import { keepKeyRingFresh } from '../../../src/card-data/keep-key-ring-fresh.ts';
import { loadKeyRing, type KeyRing, type KeyRingOptions } from '../../../src/card-data/key-ring.ts';
import { silentLog } from '../../../src/shared/log.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { anRsaKey, encryptCard, publicHalf } from '../../support/encrypted-card.ts';
import { aKeyDirectory, pkcs1, pkcs8, type KeyDirectory } from '../../support/key-directory.ts';

const key = anRsaKey();
const otherKey = anRsaKey();
const passphrase = new Secret('correct horse');

let directory: KeyDirectory;
beforeEach(async () => {
  directory = await aKeyDirectory();
});
afterEach(() => directory[Symbol.asyncDispose]());

function load(options: Partial<KeyRingOptions> = {}): Promise<KeyRing> {
  return loadKeyRing({
    directory: directory.path,
    requirePrivateFiles: true,
    oaepHash: 'sha256',
    ...options,
  });
}

async function opens(keyRing: KeyRing, encryptedUnder: KeyObject): Promise<boolean> {
  return (await decryptCardData(keyRing, encryptCard(encryptedUnder))).ok;
}

function jwkOf(privateKey: KeyObject, extra: object = {}): object {
  return { ...privateKey.export({ format: 'jwk' }), ...extra };
}

function thumbprint(privateKey: KeyObject): string {
  const { e, kty, n } = privateKey.export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url');
}

describe('the key ring', () => {
  for (const [what, name, content] of [
    ['PKCS#8 PEM', 'a.pem', pkcs8(key)],
    ['PKCS#1 PEM', 'a.pem', pkcs1(key)],
    ['PKCS#8 PEM under a passphrase', 'a.pem', pkcs8(key, 'correct horse')],
    ['PKCS#1 PEM under a passphrase, in the old manner', 'a.pem', pkcs1(key, 'correct horse')],
    ['a PEM with text before it', 'a.pem', `Bag Attributes: <none>\n${pkcs8(key)}`],
    ['a PEM with Windows line ends', 'a.pem', pkcs8(key).replaceAll('\n', '\r\n')],
    ['a JWK', 'a.json', JSON.stringify(jwkOf(key, { use: 'enc', alg: 'RSA-OAEP-256' }))],
    ['a JWK set', 'a.json', JSON.stringify({ keys: [jwkOf(otherKey), jwkOf(key)] })],
  ] as const) {
    it(`R45 reads ${what}`, async () => {
      await directory.put(name, content);

      assert.ok(await opens(await load({ passphrase }), key));
    });
  }

  it('reads the key made for tests, outside production', async () => {
    const keyRing = await load({ directory: 'keys/test', requirePrivateFiles: false });

    assert.equal(keyRing.keys().length, 1);
  });

  it('calls a key by its RFC 7638 thumbprint, or by the kid that its JWK gives', async () => {
    await directory.put('2.pem', pkcs8(key));
    await directory.put('1.json', JSON.stringify(jwkOf(otherKey, { kid: 'spare' })));

    const keyRing = await load();

    assert.deepEqual(
      keyRing.keys().map(({ kid, bits }) => ({ kid, bits })),
      [
        { kid: thumbprint(key), bits: 2048 },
        { kid: 'spare', bits: 2048 },
      ],
    );
  });

  it('has the newest key first: the highest name of those with a time, then the others', async () => {
    const names = ['z.json', '20260101T000000Z-b.json', 'a.json', '20260201T000000Z-a.json'];
    for (const name of names) {
      await directory.put(name, JSON.stringify(jwkOf(anRsaKey(), { kid: name })));
    }

    const keyRing = await load();

    assert.deepEqual(
      keyRing.keys().map(({ kid }) => kid),
      ['20260201T000000Z-a.json', '20260101T000000Z-b.json', 'z.json', 'a.json'],
    );
  });

  it('gives the public half of the newest as SPKI PEM, and of all as a JWK set', async () => {
    await directory.put('2.pem', pkcs8(key));
    await directory.put('1.pem', pkcs8(otherKey));

    const keyRing = await load();

    const expected = publicHalf(key).export({ type: 'spki', format: 'pem' });
    assert.equal(keyRing.publicKeyPem(), expected);
    const published = JSON.stringify(keyRing.publicKeys());
    assert.ok(published.includes(thumbprint(otherKey)));
    assert.ok(!published.includes('"d"') && !published.includes('"p"'));
  });

  it('leaves other files, hidden files and folders alone', async () => {
    await directory.put('a.pem', pkcs8(key));
    await directory.put('README.md', 'not a key');
    await directory.put('old.pem.retired', 'not a key');
    await directory.put('.b.pem.tmp', 'not a key');
    await directory.put('.hidden.pem', 'not a key');
    await mkdir(join(directory.path, 'retired'));
    await mkdir(join(directory.path, 'folder.pem'));

    assert.equal((await load()).keys().length, 1);
  });

  it('follows links, as mounted secrets are', async () => {
    await directory.put('hidden-away', pkcs8(key));
    await symlink('hidden-away', join(directory.path, 'a.pem'));

    assert.ok(await opens(await load(), key));
  });

  it('counts a key once that is in two files', async () => {
    await directory.put('a.pem', pkcs8(key));
    await directory.put('b.pem', pkcs1(key));

    assert.equal((await load()).keys().length, 1);
  });
});

describe('a key file that cannot be used', () => {
  const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey;
  const publicJwk = publicHalf(key).export({ format: 'jwk' });
  const mismatched = { ...jwkOf(key), n: otherKey.export({ format: 'jwk' }).n };
  const spki = publicHalf(key).export({ type: 'spki', format: 'pem' }).toString();

  for (const [what, name, content, says] of [
    ['a public key', 'a.pem', spki, /public key.*private half/],
    ['an elliptic curve key', 'a.pem', pkcs8(elliptic), /type ec.*needs RSA.*keys:make/],
    ['a signature key', 'a.pem', pkcs8(pss), /type rsa-pss/],
    [
      'an elliptic curve key of the old form',
      'a.pem',
      elliptic.export({ type: 'sec1', format: 'pem' }).toString(),
      /elliptic curve/,
    ],
    ['a key of 1024 bits', 'a.pem', pkcs8(anRsaKey(1024)), /1024 bits.*2048 to 4096/],
    ['a key of 4104 bits', 'a.pem', pkcs8(anRsaKey(4104)), /4104 bits/],
    [
      'a certificate',
      'a.pem',
      '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----',
      /certificate/,
    ],
    ['two private keys', 'a.pem', pkcs8(key) + pkcs8(otherKey), /several private keys/],
    [
      'half a key',
      'a.pem',
      `${pkcs8(key).slice(0, 400)}\n-----END PRIVATE KEY-----\n`,
      /damaged, or cut short/,
    ],
    ['nothing', 'a.pem', '', /no private key in PEM/],
    ['a large file', 'a.pem', 'x'.repeat(70_000), /larger than 65536 bytes/],
    ['a passphrase that is not configured', 'a.pem', pkcs8(key, 'secret'), /KEYS_PASSPHRASE/],
    [
      'a passphrase that is not configured, in the old manner',
      'a.pem',
      pkcs1(key, 'secret'),
      /KEYS_PASSPHRASE/,
    ],
    ['text that is not JSON', 'a.json', pkcs8(key), /not JSON/],
    ['a public JWK', 'a.json', JSON.stringify(publicJwk), /wrong or missing: d\b/],
    [
      'a JWK for signatures',
      'a.json',
      JSON.stringify(jwkOf(key, { use: 'sig' })),
      /wrong or missing: use/,
    ],
    ['an elliptic curve JWK', 'a.json', JSON.stringify(elliptic.export({ format: 'jwk' })), /kty/],
    ['an empty JWK set', 'a.json', '{"keys":[]}', /without keys/],
    ['a JSON null', 'a.json', 'null', /not an RSA private key/],
    ['a JWK whose halves do not belong together', 'a.json', JSON.stringify(mismatched), /damaged/],
    ['a JWK of nonsense', 'a.json', JSON.stringify({ ...jwkOf(key), d: '!', p: '!' }), /damaged/],
  ] as const) {
    it(`is named, with the remedy, when it holds ${what}`, async () => {
      const file = await directory.put(name, content);

      await assert.rejects(load(), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'KEY_FILE_UNUSABLE');
        assert.ok(error.message.startsWith(file), error.message);
        assert.match(error.message, says);
        return true;
      });
    });
  }

  for (const content of [pkcs8(key, 'secret'), pkcs1(key, 'secret')]) {
    it('is named when the passphrase is another, which is not told', async () => {
      await directory.put('a.pem', content);

      await assert.rejects(load({ passphrase }), (error: Error) => {
        assert.match(error.message, /a\.pem: does not open with KEYS_PASSPHRASE/);
        assert.ok(!error.message.includes(passphrase.expose()));
        return true;
      });
    });
  }

  it('is named with the command that converts it when OpenSSH made it, and the command works', async (t) => {
    const file = join(directory.path, 'a.pem');
    const made = spawnSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', file]);
    if (made.status !== 0) {
      t.skip('ssh-keygen is not installed, or does not know the user');
      return;
    }

    const error = await load().catch((thrown: unknown) => thrown);
    assert.ok(error instanceof Error);
    const command = /`(ssh-keygen [^`]+)`/.exec(error.message)?.[1] ?? '';
    assert.equal(command, `ssh-keygen -p -m PEM -f '${file}'`);

    const converted = spawnSync('sh', ['-c', `${command} -P '' -N ''`]);
    assert.equal(converted.status, 0, converted.stderr.toString());
    assert.equal((await load()).keys().length, 1);
  });

  it('in OpenSSH format is recognised by its first line alone', async () => {
    await directory.put('a.pem', '-----BEGIN OPENSSH PRIVATE KEY-----\nAA==\n');

    await assert.rejects(load(), /ssh-keygen -p -m PEM -f '.*a\.pem'/);
  });

  it('is refused in production when others can read it', async () => {
    const file = await directory.put('a.pem', pkcs8(key));

    for (const mode of [0o640, 0o604, 0o620]) {
      await chmod(file, mode);
      await assert.rejects(load(), { message: new RegExp(`chmod 600 '${file}'`) });
    }
    assert.ok(await load({ requirePrivateFiles: false }));
    await chmod(file, 0o400);
    assert.ok(await load());
  });

  it('R45 R83 is refused in production when it is the key made for tests', async () => {
    const published = await readFile('keys/test/worthless-test-key.pem', 'utf8');
    await directory.put('a.pem', published);

    await assert.rejects(load(), /published for tests/);
  });

  it('is named when it calls its key as another does', async () => {
    await directory.put('a.json', JSON.stringify(jwkOf(key, { kid: 'same' })));
    await directory.put('b.json', JSON.stringify(jwkOf(otherKey, { kid: 'same' })));

    await assert.rejects(load(), /a\.json: calls its key same, as .*b\.json does/);
  });
});

describe('a directory without keys', () => {
  for (const [what, path] of [
    ['is empty', '.'],
    ['does not exist', 'nowhere'],
  ] as const) {
    it(`names KEYS_DIR and the command that makes a key when it ${what}`, async () => {
      const error = await load({ directory: join(directory.path, path) }).catch(
        (thrown: unknown) => thrown,
      );

      assert.ok(error instanceof Error);
      assert.match(error.message, /^KEYS_DIR: .*keys:make/);
    });
  }

  it('is no worse than one with nine', async () => {
    const keys = Array.from({ length: 9 }, () => jwkOf(anRsaKey()));
    await directory.put('a.json', JSON.stringify({ keys }));

    await assert.rejects(load(), /9 keys.*at most 8.*keys:retire/);
  });
});

describe('changing keys while running', () => {
  it('R45 takes up a new key and drops a retired one', async () => {
    const old = await directory.put('20260101T000000Z-old.pem', pkcs8(key));
    const keyRing = await load();
    assert.equal(await keyRing.reload(), 'UNCHANGED');

    await directory.put('20260201T000000Z-new.pem', pkcs8(otherKey));
    assert.equal(await keyRing.reload(), 'CHANGED');
    assert.deepEqual(
      keyRing.keys().map(({ kid }) => kid),
      [thumbprint(otherKey), thumbprint(key)],
    );
    assert.ok((await opens(keyRing, key)) && (await opens(keyRing, otherKey)));

    await rename(old, `${old}.retired`);
    assert.equal(await keyRing.reload(), 'CHANGED');
    assert.ok(!(await opens(keyRing, key)));
    assert.ok(await opens(keyRing, otherKey));
  });

  it('keeps the keys it has when a file is bad, warns once, and recovers', async () => {
    const lines: { event?: string; reason?: string }[] = [];
    const log = { ...silentLog, warn: (line: object) => void lines.push(line) };
    await directory.put('a.pem', pkcs8(key));
    const keyRing = await load({ log });

    const bad = await directory.put('b.pem', 'nonsense');
    assert.equal(await keyRing.reload(), 'FAILED');
    assert.equal(await keyRing.reload(), 'FAILED');
    assert.ok(await opens(keyRing, key));
    assert.equal(lines.length, 1);
    assert.equal(lines[0]?.event, 'keys.not_reloaded');
    assert.ok(lines[0].reason?.startsWith(bad));

    await directory.put('b.pem', pkcs8(otherKey));
    assert.equal(await keyRing.reload(), 'CHANGED');
    assert.ok(await opens(keyRing, otherKey));
  });

  it('keeps the keys it has when the directory is gone', async () => {
    await directory.put('a.pem', pkcs8(key));
    const keyRing = await load();

    await rm(directory.path, { recursive: true });

    assert.equal(await keyRing.reload(), 'FAILED');
    assert.ok(await opens(keyRing, key));
  });

  it('R45 loses no decryption while keys come and go', async () => {
    const old = await directory.put('20260101T000000Z-old.pem', pkcs8(key));
    const keyRing = await load();
    let encryptedUnder = key;
    const results: Promise<{ readonly ok: boolean }>[] = [];
    const aBatch = (): void => {
      for (let count = 0; count < 20; count += 1) {
        results.push(decryptCardData(keyRing, encryptCard(encryptedUnder)));
      }
    };

    aBatch();
    await directory.put('20260201T000000Z-new.pem', pkcs8(otherKey));
    aBatch();
    await keyRing.reload();
    encryptedUnder = otherKey;
    aBatch();
    // Retired only when nothing encrypted under it is on its way any more, as keys/README.md says.
    await Promise.all(results);
    await rm(old);
    const reloading = keyRing.reload();
    aBatch();
    await reloading;
    aBatch();

    assert.ok((await Promise.all(results)).every(({ ok }) => ok));
  });

  it('looks again and again until it is told to stop', async () => {
    const stop = new AbortController();
    let looks = 0;
    const reload = (): Promise<'UNCHANGED'> => {
      looks += 1;
      if (looks === 3) stop.abort();
      return Promise.resolve('UNCHANGED');
    };

    await keepKeyRingFresh({ reload }, { sleep: () => Promise.resolve() }, stop.signal);

    assert.equal(looks, 3);
  });
});
