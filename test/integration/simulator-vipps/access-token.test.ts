import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import request, { type Test } from 'supertest';
import { defaultCredentials } from '../../../src/simulator/vipps/settings.ts';
import {
  createVippsSimulator,
  type VippsSimulator,
} from '../../../src/simulator/vipps/simulator.ts';
import { accessToken, anInit, postInit } from './a-payment.ts';

const credentials = {
  client_id: defaultCredentials.clientId,
  client_secret: defaultCredentials.clientSecret,
  'Ocp-Apim-Subscription-Key': defaultCredentials.subscriptionKey,
};

function askToken(
  simulator: VippsSimulator,
  headers: Readonly<Record<string, string>>,
  path = '/accesstoken/get',
): Test {
  return request(simulator.app).post(path).set(headers);
}

describe('the simulated Vipps issuing access tokens', () => {
  it('answers members that are all strings, and a JWT whose exp is true', async () => {
    await using simulator = createVippsSimulator();
    for (const path of ['/accesstoken/get', '/accessToken/get', '/accesstoken/get/']) {
      const answer = await askToken(simulator, credentials, path).expect(200);
      const members = answer.body as Record<string, string>;
      assert.ok(Object.values(members).every((value) => typeof value === 'string'));
      assert.deepEqual(Object.keys(members), [
        'token_type',
        'expires_in',
        'ext_expires_in',
        'expires_on',
        'not_before',
        'resource',
        'access_token',
      ]);
      assert.equal(members['expires_in'], '3600');
      assert.match(String(answer.headers['content-type']), /^application\/json; ?charset=utf-8$/i);
      const claims = members['access_token']?.split('.')[1] ?? '';
      const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp: number };
      assert.equal(String(exp), members['expires_on']);
      assert.ok((members['access_token'] ?? '').length > 1_000);
    }
  });

  it('refuses wrong credentials in the shape of whoever checks them', async () => {
    await using simulator = createVippsSimulator();
    const noKey = await askToken(simulator, { ...credentials, 'Ocp-Apim-Subscription-Key': '' });
    assert.equal(noKey.status, 401);
    assert.match((noKey.body as { message: string }).message, /missing subscription key/);
    const key = await askToken(simulator, { ...credentials, 'Ocp-Apim-Subscription-Key': 'x' });
    assert.match((key.body as { message: string }).message, /invalid subscription key/);
    const id = await askToken(simulator, { ...credentials, client_id: 'x' }).expect(401);
    assert.deepEqual((id.body as { error_codes: number[] }).error_codes, [700016]);
    const secret = await askToken(simulator, { ...credentials, client_secret: 'x' }).expect(401);
    assert.equal((secret.body as { error: string }).error, 'invalid_client');
    await askToken(simulator, { ...credentials, client_secret: '' }).expect(400);
  });

  it('takes a token until it expires or is revoked, and several at a time', async () => {
    await using simulator = createVippsSimulator({ tokenLifetimeSeconds: 60 });
    const first = await accessToken(simulator);
    const second = await accessToken(simulator);
    await postInit(simulator, first, anInit()).expect(200);
    await postInit(simulator, second, anInit()).expect(200);
    await simulator.control.advanceClock(60);
    await postInit(simulator, first, anInit()).expect(401);
    const third = await accessToken(simulator);
    await postInit(simulator, third, anInit()).expect(200);
    simulator.control.expireTokens();
    await postInit(simulator, third, anInit()).expect(401);
  });

  it('takes Authorization only as "Bearer", one space and the token', async () => {
    await using simulator = createVippsSimulator();
    const token = await accessToken(simulator);
    for (const Authorization of [
      token,
      `bearer ${token}`,
      `Bearer  ${token}`,
      `Bearer ${token}x`,
    ]) {
      const answer = await postInit(simulator, token, anInit(), { Authorization }).expect(401);
      assert.ok('responseInfo' in (answer.body as object));
    }
    await postInit(simulator, token, anInit(), { Authorization: undefined }).expect(401);
  });
});
