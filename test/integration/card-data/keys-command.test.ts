import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { decryptCardData } from '../../../src/card-data/decrypt-card-data.ts';
import { loadKeyRing } from '../../../src/card-data/key-ring.ts';
import { readEnv } from '../../../src/config/env.ts';
import { ensureSandboxKey } from '../../../src/keys/make-key.ts';
import { runKeysCommand, type CommandResult } from '../../../src/keys/run-keys-command.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { anRsaKey, encryptCard } from '../../support/encrypted-card.ts';
import { aKeyDirectory, pkcs8, type KeyDirectory } from '../../support/key-directory.ts';

const noon = new Date('2026-11-21T12:00:00.500Z');
const clock = { now: () => noon };
const [keyA, keyB, keyC] = [anRsaKey(), anRsaKey(), anRsaKey()];

let directory: KeyDirectory;
beforeEach(async () => {
  directory = await aKeyDirectory();
});
afterEach(() => directory[Symbol.asyncDispose]());

function keys(...commandLine: string[]): Promise<CommandResult> {
  return keysUnder({}, ...commandLine);
}

function keysUnder(environment: object, ...commandLine: string[]): Promise<CommandResult> {
  return runKeysCommand({
    commandLine,
    readEnvironment: () => readEnv({ KEYS_DIR: directory.path, ...environment }),
    clock,
  });
}

async function pemFiles(): Promise<string[]> {
  return (await readdir(directory.path)).filter((name) => name.endsWith('.pem')).sort();
}

describe('keys:make', () => {
  it('makes an RSA key of 2048 bits that its owner alone can read', async () => {
    const result = await keys('make');

    assert.equal(result.exitCode, 0);
    const [name = ''] = await pemFiles();
    assert.match(name, /^20261121T120000Z-[\w-]{43}\.pem$/);
    const path = join(directory.path, name);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    const pem = await readFile(path, 'utf8');
    assert.match(pem, /^-{5}BEGIN PRIVATE KEY-{5}/);
    assert.equal(createPrivateKey(pem).asymmetricKeyDetails?.modulusLength, 2048);
    assert.ok(result.stdout.includes(path));
    assert.ok(!result.stdout.includes('PRIVATE'));
  });

  it('makes a longer one on request, and no other length', async () => {
    assert.equal((await keys('make', '--bits', '3072')).exitCode, 0);
    assert.match((await keys('list')).stdout, / 3072 /);

    const refused = await keys('make', '--bits', '1024');
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, /--bits is 1024; expected 2048, 3072 or 4096/);
    assert.equal((await pemFiles()).length, 1);
  });

  it('encrypts it when KEYS_PASSPHRASE is set', async () => {
    await keysUnder({ KEYS_PASSPHRASE: 'correct horse' }, 'make');

    const [name = ''] = await pemFiles();
    const pem = await readFile(join(directory.path, name), 'utf8');
    assert.match(pem, /^-{5}BEGIN ENCRYPTED PRIVATE KEY-{5}/);
    const passphrase = new Secret('correct horse');
    const options = { requirePrivateFiles: true, oaepHash: 'sha256' } as const;
    const keyRing = await loadKeyRing({ directory: directory.path, passphrase, ...options });
    const cardData = encryptCard(createPrivateKey({ key: pem, passphrase: 'correct horse' }));
    assert.ok((await decryptCardData(keyRing, cardData)).ok);
  });

  it('makes the newest one, also within one second and when the clock went back', async () => {
    await directory.put('20261121T120007Z-x.pem', pkcs8(keyA));
    await keys('make');
    await keys('make');

    const names = await pemFiles();
    assert.deepEqual(
      names.map((name) => name.slice(0, 16)),
      ['20261121T120007Z', '20261121T120008Z', '20261121T120009Z'],
    );
  });

  it('makes the directory too, closed to others', async () => {
    const path = join(directory.path, 'deep', 'down');

    assert.equal((await keysUnder({ KEYS_DIR: path }, 'make')).exitCode, 0);
    assert.equal((await stat(path)).mode & 0o777, 0o700);
  });

  it('leaves no half-written file', async () => {
    await keys('make');

    assert.equal((await readdir(directory.path)).length, 1);
  });

  it('says so when the directory cannot be written', async () => {
    const file = await directory.put('file', '');

    const result = await keysUnder({ KEYS_DIR: join(file, 'keys') }, 'make');

    assert.equal(result.exitCode, 1);
    assert.match(result.stderr, /^KEYS_DIR: .* cannot be made/);
  });
});

describe('keys:public', () => {
  it('prints nothing but the public half of the newest, as SPKI PEM', async () => {
    await directory.put('20260101T000000Z-a.pem', pkcs8(keyA));
    await directory.put('20260201T000000Z-b.pem', pkcs8(keyB));

    const result = await keys('public');

    assert.equal(result.exitCode, 0);
    assert.equal(result.stderr, '');
    const expected = createPublicKey(keyB).export({ type: 'spki', format: 'pem' });
    assert.equal(result.stdout, expected);
  });

  it('prints what encrypts for the key ring', async () => {
    await keys('make');

    const { stdout } = await keys('public');

    const keyRing = await loadKeyRing({
      directory: directory.path,
      requirePrivateFiles: true,
      oaepHash: 'sha256',
    });
    assert.equal(keyRing.publicKeyPem(), stdout);
    assert.ok((await decryptCardData(keyRing, encryptCard(createPublicKey(stdout)))).ok);
  });

  it('ends with 1 and names the command that makes one when there is none', async () => {
    for (const path of [directory.path, join(directory.path, 'nowhere')]) {
      const result = await keysUnder({ KEYS_DIR: path }, 'public');

      assert.equal(result.exitCode, 1);
      assert.equal(result.stdout, '');
      assert.match(result.stderr, /keys:make/);
    }
  });
});

describe('keys:list', () => {
  it('lists kid, bits, date and file, newest first, and nothing private', async () => {
    await keys('make');
    await directory.put('other.pem', pkcs8(anRsaKey(3072)));

    const { stdout, exitCode } = await keys('list');

    assert.equal(exitCode, 0);
    const [, first = '', second = ''] = stdout.split('\n');
    assert.match(first, /^\* {2}[\w-]{43} {2}2048 {2}2026-11-21T12:00:00Z {2}20261121T120000Z-/);
    assert.match(second, /^ {3}[\w-]{43} {2}3072 {2}- +other\.pem/);
    assert.ok(!stdout.includes('PRIVATE KEY'));
  });

  it('lists the good ones beside a bad one, and says what is wrong with that', async () => {
    await keys('make');
    await directory.put('broken.pem', 'nonsense');

    const { stdout, stderr, exitCode } = await keys('list');

    assert.equal(exitCode, 0);
    assert.match(stdout, /20261121T120000Z/);
    assert.match(stderr, /broken\.pem: holds no private key/);
  });
});

describe('keys:retire', () => {
  beforeEach(async () => {
    await directory.put('20260101T000000Z-a.pem', pkcs8(keyA));
    await directory.put('20260201T000000Z-b.pem', pkcs8(keyB));
  });

  it('puts a key out of use, by the name of its file', async () => {
    const result = await keys('retire', '20260101T000000Z-a.pem');

    assert.equal(result.exitCode, 0);
    assert.match(result.stdout, /At Vipps: /);
    assert.deepEqual(await pemFiles(), ['20260201T000000Z-b.pem']);
    assert.deepEqual(await readdir(join(directory.path, 'retired')), ['20260101T000000Z-a.pem']);
  });

  it('puts a key out of use, by its kid', async () => {
    await directory.put(
      '1.json',
      JSON.stringify({ ...keyC.export({ format: 'jwk' }), kid: 'spare' }),
    );

    assert.equal((await keys('retire', 'spare')).exitCode, 0);
    assert.deepEqual(await readdir(join(directory.path, 'retired')), ['1.json']);
  });

  it('says when it was the newest', async () => {
    const result = await keys('retire', '20260201T000000Z-b.pem');

    assert.match(result.stdout, /It was the newest/);
  });

  it('refuses the last usable key, unless told twice', async () => {
    await keys('retire', '20260101T000000Z-a.pem');
    await directory.put('broken.pem', 'nonsense');

    const refused = await keys('retire', '20260201T000000Z-b.pem');
    assert.equal(refused.exitCode, 1);
    assert.match(refused.stderr, /last usable key.*keys:make.*--force/);
    assert.equal((await pemFiles()).length, 2);

    assert.equal((await keys('retire', '20260201T000000Z-b.pem', '--force')).exitCode, 0);
  });

  it('puts a broken file out of the way', async () => {
    await directory.put('broken.pem', 'nonsense');

    assert.equal((await keys('retire', 'broken.pem')).exitCode, 0);
    assert.equal((await pemFiles()).length, 2);
  });

  it('refuses a kid whose file holds others', async () => {
    const set = [1, 2].map((kid) => ({ ...keyC.export({ format: 'jwk' }), kid: `k${kid}` }));
    await directory.put('set.json', JSON.stringify({ keys: set }));

    const result = await keys('retire', 'k1');

    assert.equal(result.exitCode, 1);
    assert.match(result.stderr, /set\.json holds other keys besides k1/);
  });

  it('never replaces a key that was retired before', async () => {
    const before = join(directory.path, 'retired', '20260101T000000Z-a.pem');
    await mkdir(join(directory.path, 'retired'));
    await writeFile(before, 'an older one');

    const result = await keys('retire', '20260101T000000Z-a.pem');

    assert.equal(result.exitCode, 1);
    assert.match(result.stderr, /cannot be moved/);
    assert.equal(await readFile(before, 'utf8'), 'an older one');
    assert.equal((await pemFiles()).length, 2);
  });

  for (const argument of ['nothing', '../20260101T000000Z-a.pem', 'README.md']) {
    it(`knows no key called ${argument}`, async () => {
      const result = await keys('retire', argument);

      assert.equal(result.exitCode, 1);
      assert.match(result.stderr, /keys:list/);
    });
  }
});

describe('a key command that is not understood', () => {
  for (const commandLine of [[], ['destroy'], ['retire'], ['make', '--bitz', '2048']]) {
    it(`ends with 2 and the usage: ${commandLine.join(' ')}`, async () => {
      const result = await keys(...commandLine);

      assert.equal(result.exitCode, 2);
      assert.match(result.stderr, /Usage:/);
    });
  }
});

describe('a malformed variable', () => {
  it('is named', async () => {
    const result = await keysUnder({ CARD_DATA_OAEP_HASH: 'md5' }, 'list');

    assert.equal(result.exitCode, 1);
    assert.match(result.stderr, /CARD_DATA_OAEP_HASH must be sha256 or sha1/);
  });
});

describe('the key of the sandbox', () => {
  it('is made when there is none, and only then', async () => {
    const path = join(directory.path, 'keys');

    const made = await ensureSandboxKey(path, { clock });
    const again = await ensureSandboxKey(path, { clock });

    assert.equal(made?.bits, 2048);
    assert.equal(again, undefined);
    assert.equal((await readdir(path)).length, 1);
  });
});

describe('the program', () => {
  it('takes KEYS_DIR from its environment and gives an exit code', () => {
    const run = (...commandLine: string[]): ReturnType<typeof spawnSync> =>
      spawnSync(process.execPath, ['dist/src/keys/keys-command.js', ...commandLine], {
        env: { ...process.env, KEYS_DIR: directory.path, KEYS_PASSPHRASE: '' },
        encoding: 'utf8',
      });

    assert.equal(run('public').status, 1);
    assert.equal(run('make').status, 0);
    const printed = run('public');
    assert.equal(printed.status, 0);
    assert.equal(createPublicKey(printed.stdout).asymmetricKeyType, 'rsa');
  });
});
