import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeDatabase } from './own-database.ts';
import {
  makePlace,
  openedThings,
  type Program,
  runAdapter,
  startAdapter,
  type Variables,
  variablesOf,
} from './programs.ts';

const secret = 'a-secret-of-more-than-32-characters';

/** Everything that production asks for. The counterparties are never called here. */
const production: Variables = {
  NODE_ENV: 'production',
  PUBLIC_HOST: '127.0.0.1',
  INTERNAL_HOST: '127.0.0.1',
  PUBLIC_URL: 'https://psp.example.com',
  VIPPS_API_URL: 'https://vipps.example.com',
  VIPPS_CLIENT_ID: 'client-id',
  VIPPS_CLIENT_SECRET: `client-${secret}`,
  VIPPS_SUBSCRIPTION_KEY: `subscription-${secret}`,
  VIPPS_PSP_ID: 'psp-id',
  ACQUIRER_URL: 'https://acquirer.example.com',
  BACK_OFFICE_TOKEN: `back-office-${secret}`,
  ACCESS_TOKEN_KEY: `access-${secret}`,
};

describe('the configuration, as a person meets it', { concurrency: 4 }, () => {
  const opened = openedThings();
  let directory: string;
  let databaseUrl: string;

  before(async () => {
    const place = await makePlace();
    opened.add(place.remove);
    directory = place.directory;
    const database = await makeDatabase();
    opened.add(database.drop);
    databaseUrl = database.url;
  });

  after(opened.closeAll);

  /** Each start has files of its own. */
  async function runIn(name: string, variables: Variables): Promise<Program> {
    const own = path.join(directory, name);
    await mkdir(own, { recursive: true });
    return runAdapter({ ...variablesOf(own), DATABASE_URL: databaseUrl, ...variables });
  }

  async function refusal(name: string, variables: Variables): Promise<string> {
    const program = await runIn(name, variables);
    const { code } = await program.ended;
    assert.equal(code, 1, program.stdout() + program.stderr());
    assert.doesNotMatch(program.stderr(), /^\s+at /m, 'no stack trace');
    assert.doesNotMatch(program.stderr(), new RegExp(secret), 'no secret');
    return program.stderr();
  }

  const malformed: readonly (readonly [variable: string, value: string, expected: RegExp])[] = [
    ['PUBLIC_PORT', '80800', /0 to 65535/],
    ['INTERNAL_PORT', 'eighty', /0 to 65535/],
    ['PUBLIC_URL', 'psp.example.com', /URL/],
    ['DATABASE_URL', 'mysql://x/y', /postgres:\/\//],
    ['VIPPS_API_URL', 'ftp://vipps', /URL/],
    ['ACQUIRER_URL', 'acquirer', /URL/],
    ['CARD_DATA_OAEP_HASH', 'md5', /sha256 or sha1/],
    ['VIPPS_SIMULATOR_PORT', '-1', /0 to 65535/],
    ['ACQUIRER_SIMULATOR_PORT', '1.5', /0 to 65535/],
    ['LOG_LEVEL', 'loud', /info/],
    ['BACK_OFFICE_TOKEN', 'short', /32 characters/],
    ['ACCESS_TOKEN_KEY', 'short', /32 characters/],
    ['ERROR_ID_FORMAT', 'roman', /number or string/],
    ['AMOUNT_MINIMUM', '1,00', /øre/],
    ['PAYMENT_EXPIRY_SECONDS', 'soon', /seconds/],
    ['ACQUIRER_PROCESSING_MAX_MS', '1 min', /milliseconds/],
    ['STATUS_UPDATE_SCHEDULE', 'at night', /22:30/],
  ];

  it('names every malformed variable at once, and what is expected of it', async () => {
    const said = await refusal(
      'malformed',
      Object.fromEntries(malformed.map(([variable, value]) => [variable, value])),
    );
    for (const [variable, value, expected] of malformed) {
      const line = said.split('\n').find((one) => one.includes(variable));
      assert.match(line ?? '', expected, variable);
      assert.ok(!line?.includes(`${value} `), 'the value may be a secret and is not repeated');
    }
  });

  it('names every variable that production misses', async () => {
    const own = variablesOf(path.join(directory, 'missing'));
    const program = runAdapter({ ...own, NODE_ENV: 'production' });
    assert.equal((await program.ended).code, 1);
    for (const variable of [...Object.keys(production), 'DATABASE_URL']) {
      if (/NODE_ENV|HOST/.test(variable)) continue;
      assert.match(program.stderr(), new RegExp(`^\\s*${variable} `, 'm'));
    }
    assert.doesNotMatch(program.stdout(), /sandbox/i);
  });

  it('refuses in production what is for tests, and what is not safe, all at once', async () => {
    const said = await refusal('unsafe', {
      ...production,
      PUBLIC_URL: 'http://psp.example.com',
      VIPPS_API_URL: 'http://vipps.example.com',
      PAYMENT_EXPIRY_SECONDS: '599',
      DEADLINE_SCALE: '0.5',
      RECONCILIATION_QUIET_SECONDS: '299',
      CRASH_AT: 'kill:x#1',
    });
    assert.match(said, /^ *PUBLIC_URL must be an https URL/m);
    assert.match(said, /^ *VIPPS_API_URL must be an https URL/m);
    for (const variable of [
      'PAYMENT_EXPIRY_SECONDS',
      'DEADLINE_SCALE',
      'RECONCILIATION_QUIET_SECONDS',
      'CRASH_AT',
    ]) {
      assert.match(said, new RegExp(`^ *${variable} `, 'm'));
    }
  });

  it('makes no key in production, and names the command that does', async () => {
    assert.match(await refusal('keyless', production), /keys:make/);
  });

  it('refuses a key file that others can read, in production, naming it', async () => {
    const keys = path.join(directory, 'readable', 'keys');
    const file = await writeKey(keys);
    await chmod(file, 0o644);
    const said = await refusal('readable', { ...production, KEYS_DIR: keys });
    assert.ok(said.includes(path.basename(file)), said);
    assert.match(said, /chmod 600|0?600/);
  });

  it('refuses the key that everybody has, in production', async () => {
    const keys = path.resolve('keys', 'test');
    const said = await refusal('worthless', { ...production, KEYS_DIR: keys });
    assert.match(said, /worthless/);
  });

  it('runs in production when all is there, without sandbox, simulators or page', async () => {
    const keys = path.join(directory, 'production', 'keys');
    await writeKey(keys);
    const own = await makeDatabase();
    opened.add(own.drop);
    const program = await runIn('production', {
      ...production,
      KEYS_DIR: keys,
      DATABASE_URL: own.url,
    });
    while (!program.stdout().includes('"event":"service.ready"')) {
      await new Promise((resolve) => setTimeout(resolve, 25));
      assert.ok(!program.stderr().includes('could not start'), program.stderr());
    }
    const ready = program
      .stdout()
      .split('\n')
      .find((line) => line.includes('service.ready'));
    const { internalUrl } = JSON.parse(ready ?? '{}') as { internalUrl: string };
    assert.equal((await fetch(`${internalUrl}/health`)).status, 200);
    assert.doesNotMatch(program.stdout(), /sandbox|client secret/i);
    assert.doesNotMatch(program.stdout(), new RegExp(secret));
    const files = await readdir(path.join(directory, 'production', 'data')).catch(() => []);
    assert.deepEqual(files, []);
    program.kill('SIGTERM');
    assert.equal((await program.ended).code, 0);
  });

  it('R83 keeps a sandbox away from the database of production, and production from its', async () => {
    const own = await makeDatabase();
    opened.add(own.drop);
    const sandbox = await startAdapter(path.join(directory, 'mixed'), { DATABASE_URL: own.url });
    await sandbox.stop();
    const keys = path.join(directory, 'mixed', 'production-keys');
    await writeKey(keys);

    const said = await refusal('mixed', { ...production, KEYS_DIR: keys, DATABASE_URL: own.url });

    assert.match(said, /DATABASE_URL: .*belongs to a sandbox/);
  });

  for (const variable of [
    'PUBLIC_PORT',
    'INTERNAL_PORT',
    'VIPPS_SIMULATOR_PORT',
    'ACQUIRER_SIMULATOR_PORT',
    'THREE_DS_SIMULATOR_PORT',
  ]) {
    it(`names ${variable} when its port is taken`, async () => {
      const taken = createServer();
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
      const { port } = taken.address() as AddressInfo;
      try {
        const said = await refusal(variable, { [variable]: String(port) });
        assert.match(said, new RegExp(`${variable}.*${port}`, 's'));
        assert.match(said, /in use/);
      } finally {
        await new Promise((resolve) => taken.close(resolve));
      }
    });
  }

  it('has the variables of one copy told by another on the same database', async () => {
    // Of its own: a database that production has been on is refused to a sandbox.
    const shared = await makeDatabase();
    const [one, other] = await Promise.all(
      ['one', 'other'].map(async (name) => {
        const adapter = await startAdapter(path.join(directory, name), {
          DATABASE_URL: shared.url,
        });
        await adapter.stop();
        return adapter.sandbox;
      }),
    );
    await shared.drop();
    assert.equal(one?.clientSecret, other?.clientSecret);
    assert.equal(one?.backOfficeToken, other?.backOfficeToken);
    assert.notEqual(one?.publicUrl, other?.publicUrl);
  });
});

async function writeKey(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const file = path.join(directory, '20260101T000000Z-a-test.pem');
  await writeFile(file, privateKey, { mode: 0o600 });
  return file;
}
