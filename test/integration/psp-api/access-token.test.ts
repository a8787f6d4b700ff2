import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  cut,
  inTurn,
  json,
  silent,
  type Behaviour,
  type SeenRequest,
} from '../../support/http-double.ts';
import { stoppedClock } from '../../support/stopped-clock.ts';
import { context, initiated, initRequest, vippsDouble } from './vipps-double.ts';

/** token-1, token-2, … */
function numberedTokens(expiresIn: unknown): Behaviour {
  let count = 0;
  return (request, response) => {
    count += 1;
    return json(200, { access_token: `token-${count}`, expires_in: expiresIn })(request, response);
  };
}

const refused = json(401, { statusCode: 401, message: 'Access denied' });

function acceptsOnly(...tokens: string[]): Behaviour {
  return (request, response) =>
    (tokens.includes(request.headers.authorization?.slice('Bearer '.length) ?? '')
      ? initiated
      : refused)(request, response);
}

const tokensOf = (calls: readonly SeenRequest[]) => calls.map((call) => call.headers.authorization);

describe('the access token', () => {
  it('R15 is asked for without a body and with the credentials in headers', async () => {
    await using vipps = await vippsDouble({});
    await vipps.api.init(context, initRequest);

    const [asked] = vipps.tokenCalls;
    assert.equal(asked?.method, 'POST');
    assert.equal(asked.path, '/accesstoken/get');
    assert.equal(asked.body, '');
    assert.equal(asked.headers['client_id'], 'client-id');
    assert.equal(asked.headers['client_secret'], 'client-secret');
    assert.equal(asked.headers['ocp-apim-subscription-key'], 'subscription-key');
  });

  for (const expiresIn of ['3600', 3600]) {
    it(`R15 is kept for its life when that is the ${typeof expiresIn} 3600`, async () => {
      const clock = stoppedClock();
      await using vipps = await vippsDouble({ token: numberedTokens(expiresIn) }, { clock });

      await vipps.api.init(context, initRequest);
      clock.advance(3_200_000);
      await vipps.api.init(context, initRequest);
      assert.equal(vipps.tokenCalls.length, 1);

      clock.advance(41_000);
      await vipps.api.init(context, initRequest);
      while (vipps.tokenCalls.at(1) === undefined) await new Promise(setImmediate);
    });
  }

  it('R15 is renewed before its end without making anybody wait', async () => {
    const clock = stoppedClock();
    await using vipps = await vippsDouble(
      { token: inTurn(numberedTokens('3600'), silent) },
      { clock },
    );
    await vipps.api.init(context, initRequest);

    clock.advance(3_300_000);
    const outcome = await vipps.api.init(context, initRequest);

    assert.equal(outcome.kind, 'INITIATED');
    assert.deepEqual(tokensOf(vipps.calls), ['Bearer token-1', 'Bearer token-1']);
  });

  it('R15 is not used after its end', async () => {
    const clock = stoppedClock();
    await using vipps = await vippsDouble({ token: numberedTokens('3600') }, { clock });

    await vipps.api.init(context, initRequest);
    clock.advance(3_600_000);
    await vipps.api.init(context, initRequest);

    assert.deepEqual(tokensOf(vipps.calls), ['Bearer token-1', 'Bearer token-2']);
  });

  it('R15 is fetched once for all who wait for it', async () => {
    await using vipps = await vippsDouble({});

    await Promise.all(Array.from({ length: 10 }, () => vipps.api.init(context, initRequest)));

    assert.equal(vipps.tokenCalls.length, 1);
    assert.equal(vipps.calls.length, 10);
  });

  it('R15 R14 is fetched anew after a 401, and the call made once more under its Request-Id', async () => {
    await using vipps = await vippsDouble({
      token: numberedTokens('3600'),
      call: acceptsOnly('token-2'),
    });

    const outcome = await vipps.api.init(context, initRequest);

    assert.equal(outcome.kind, 'INITIATED');
    assert.deepEqual(tokensOf(vipps.calls), ['Bearer token-1', 'Bearer token-2']);
    assert.equal(vipps.calls[0]?.headers['request-id'], vipps.calls[1]?.headers['request-id']);
  });

  it('R15 is fetched anew once for many calls that were refused with the same one', async () => {
    await using vipps = await vippsDouble({
      token: numberedTokens('3600'),
      call: acceptsOnly('token-2'),
    });

    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => vipps.api.init(context, initRequest)),
    );

    assert.ok(outcomes.every((outcome) => outcome.kind === 'INITIATED'));
    assert.equal(vipps.tokenCalls.length, 2);
  });

  it('R15 is not fetched again and again where Vipps keeps saying 401', async () => {
    await using vipps = await vippsDouble({ token: numberedTokens('3600'), call: refused });

    const outcome = await vipps.api.init(context, initRequest);

    assert.deepEqual(outcome, { kind: 'UNAUTHORISED', mayHaveTakenEffect: false });
    assert.equal(vipps.calls.length, 2);
    assert.equal(vipps.tokenCalls.length, 2);
  });

  it('says unauthorised where our credentials are refused', async () => {
    await using vipps = await vippsDouble({ token: refused });

    const outcome = await vipps.api.init(context, initRequest);

    assert.deepEqual(outcome, { kind: 'UNAUTHORISED', mayHaveTakenEffect: false });
    assert.equal(vipps.calls.length, 0);
  });

  it('is asked for again after silence, within the same call', async () => {
    await using vipps = await vippsDouble({ token: inTurn(cut, numberedTokens('3600')) });

    const outcome = await vipps.api.init(context, initRequest);

    assert.equal(outcome.kind, 'INITIATED');
  });

  it('promises that nothing was sent where there is none', async () => {
    for (const [token, kind] of [
      [cut, 'NOT_SENT'],
      [json(200, { expires_in: 1 }), 'NOT_SENT'],
      [json(503, {}), 'FAILED'],
    ] as const) {
      await using vipps = await vippsDouble({ token });
      const outcome = await vipps.api.init(context, initRequest);

      assert.equal(outcome.kind, kind);
      assert.equal('mayHaveTakenEffect' in outcome && outcome.mayHaveTakenEffect, false);
    }
  });

  it('shows in no outcome', async () => {
    await using vipps = await vippsDouble({ call: json(500, {}) });

    const outcome = await vipps.api.init(context, initRequest);

    assert.doesNotMatch(JSON.stringify(outcome), /token-1|client-secret|subscription-key/);
  });
});
