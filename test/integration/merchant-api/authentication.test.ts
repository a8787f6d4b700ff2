import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import request from 'supertest';
import {
  anOrder,
  askForToken,
  create,
  get,
  type Harness,
  startMerchantApi,
} from './a-merchant-api.ts';

describe('POST /accesstoken/get', () => {
  let harness: Harness;
  before(async () => {
    harness = await startMerchantApi();
  });
  after(() => harness[Symbol.asyncDispose]());

  it('answers with strings alone, among them a JSON Web Token that says when it ends', async () => {
    const response = await askForToken(harness.app, harness.merchant.credentials);

    assert.equal(response.status, 200);
    assert.match(String(response.headers['content-type']), /^application\/json/);
    const body = response.body as Record<string, string>;
    assert.deepEqual(Object.keys(body).sort(), [
      'access_token',
      'expires_in',
      'expires_on',
      'ext_expires_in',
      'not_before',
      'resource',
      'token_type',
    ]);
    for (const value of Object.values(body)) assert.equal(typeof value, 'string');
    const claims = JSON.parse(
      Buffer.from(String(body['access_token']?.split('.')[1]), 'base64url').toString(),
    ) as { exp: number };
    assert.equal(String(claims.exp), body['expires_on']);
    assert.equal(body['expires_in'], '3599');
  });

  it('takes the path in any case and with slashes to spare, an empty Authorization and a body', async () => {
    const { credentials } = harness.merchant;
    for (const path of ['/accessToken/get', '//accesstoken/get', '/ACCESSTOKEN//get?x=//']) {
      const response = await request(harness.app)
        .post(path)
        .set({
          client_id: credentials.clientId,
          client_secret: credentials.clientSecret.expose(),
          'Ocp-Apim-Subscription-Key': credentials.subscriptionKey.expose(),
          Authorization: 'Bearer',
          'Vipps-System-Name': '',
          'Content-Type': 'application/json',
        })
        .send('{');

      assert.equal(response.status, 200, path);
    }
  });

  it('answers a wrong client in the form of Entra, the same for id and secret', async () => {
    const { credentials } = harness.merchant;

    const wrongSecret = await askForToken(harness.app, credentials, { client_secret: 'wrong' });
    const wrongId = await askForToken(harness.app, credentials, { client_id: randomUUID() });
    const nobody = await askForToken(harness.app, credentials, { client_id: '' });

    for (const response of [wrongSecret, wrongId, nobody]) {
      assert.equal(response.status, 401);
      const body = response.body as Record<string, unknown>;
      assert.equal(body['error'], 'unauthorized_client');
      assert.deepEqual(body['error_codes'], [700016]);
      assert.match(String(body['timestamp']), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/);
    }
  });

  it('answers a missing or wrong subscription key in the form of the gateway', async () => {
    const { credentials } = harness.merchant;
    const name = 'Ocp-Apim-Subscription-Key';

    const missing = await askForToken(harness.app, credentials, { [name]: '' });
    const wrong = await askForToken(harness.app, credentials, { [name]: '0'.repeat(32) });

    assert.deepEqual(
      [missing.body, wrong.body].map((body) => (body as { statusCode: number }).statusCode),
      [401, 401],
    );
    assert.match((missing.body as { message: string }).message, /missing subscription key/);
    assert.match((wrong.body as { message: string }).message, /invalid subscription key/);
  });
});

describe('Calls of the ePayment API', () => {
  let harness: Harness;
  before(async () => {
    harness = await startMerchantApi();
  });
  after(() => harness[Symbol.asyncDispose]());

  it('come through with empty headers and an Idempotency-Key where none is needed', async () => {
    const order = anOrder();
    await create(harness, order, { 'Vipps-System-Name': '' });

    const response = await get(harness, order.reference).set({
      'Vipps-System-Name': '',
      'Idempotency-Key': randomUUID(),
      'Content-Type': 'application/json',
    });

    assert.equal(response.status, 200);
  });

  const refusals: readonly (readonly [string, Record<string, string>, RegExp])[] = [
    ['without an access token', { Authorization: '' }, /Access token/],
    ['with a scheme word in small letters', { Authorization: 'bearer SAME' }, /Access token/],
    ['without a scheme word', { Authorization: 'SAME' }, /Access token/],
    ['with a token that is nonsense', { Authorization: 'Bearer a.b.c' }, /Access token/],
    ['with a token that was tampered with', { Authorization: 'Bearer SAMEx' }, /Access token/],
    ['without a subscription key', { 'Ocp-Apim-Subscription-Key': '' }, /missing subscription/],
    [
      'with a wrong subscription key',
      { 'Ocp-Apim-Subscription-Key': 'abc' },
      /invalid subscription/,
    ],
    ['without a serial number', { 'Merchant-Serial-Number': '' }, /Merchant-Serial-Number/],
    ['for another merchant', { 'Merchant-Serial-Number': '999999' }, /Merchant-Serial-Number/],
  ];
  for (const [what, replaced, message] of refusals) {
    it(`get 401 in the form of the gateway ${what}`, async () => {
      const token = String(harness.merchant.headers['Authorization']).replace('Bearer ', '');
      const headers = Object.fromEntries(
        Object.entries(replaced).map(([name, value]) => [name, value.replace('SAME', token)]),
      );

      const response = await create(harness, anOrder(), headers);

      assert.equal(response.status, 401);
      const body = response.body as { statusCode: number; message: string };
      assert.equal(body.statusCode, 401);
      assert.match(body.message, message);
      assert.equal(harness.vipps.inits.length <= 1, true);
    });
  }

  it('with the key of another merchant are refused', async () => {
    const other = await harness.aMerchant();
    const mixed = {
      ...harness.merchant.headers,
      'Ocp-Apim-Subscription-Key': other.headers['Ocp-Apim-Subscription-Key'] ?? '',
    };

    const response = await create(harness, anOrder(), mixed);

    assert.equal(response.status, 401);
  });

  it('of a deactivated merchant are refused, and it gets no token', async () => {
    const other = await harness.aMerchant();
    await harness.database.hot.query(`update merchant set status = 'DEACTIVATED' where msn = $1`, [
      other.msn,
    ]);

    const call = await create({ app: harness.app, merchant: other }, anOrder());
    const token = await askForToken(harness.app, other.credentials);

    assert.deepEqual([call.status, token.status], [403, 401]);
  });
});

describe('Rate limits', () => {
  it('are counted for each reference, and say when to come back', async () => {
    await using harness = await startMerchantApi({
      rateLimits: { writesPerMinute: 2, readsPerMinute: 3 },
    });
    const order = anOrder();
    const key = { 'Idempotency-Key': randomUUID() };

    const writes = [
      await create(harness, order, key),
      await create(harness, order, key),
      await create(harness, order, key),
    ];
    const other = await create(harness, anOrder());
    const reads = [];
    for (let read = 0; read < 4; read += 1) reads.push(await get(harness, order.reference));

    assert.deepEqual(
      writes.map(({ status }) => status),
      [201, 201, 429],
    );
    assert.equal(other.status, 201);
    assert.deepEqual(
      reads.map(({ status }) => status),
      [200, 200, 200, 429],
    );
    const refusal = writes[2];
    assert.match(String(refusal?.headers['retry-after']), /^([1-9]|[1-3]\d)$/);
    assert.deepEqual((refusal?.body as { extraDetails: unknown }).extraDetails, []);
  });
});
