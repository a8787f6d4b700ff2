import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nok } from '../../../src/shared/money.ts';
import {
  cut,
  half,
  inTurn,
  json,
  nobodyListens,
  silent,
  text,
  type Behaviour,
} from '../../support/http-double.ts';
import { context, initiated, initRequest, redirectUrl, vippsDouble } from './vipps-double.ts';

const failed = json(500, [{ errorCode: 'x', errorMessage: 'y', contextId: 'context-1' }]);
const tooMany: Behaviour = (_request, response) => {
  response.writeHead(429, { 'retry-after': '0' }).end('{"statusCode":429,"message":"Slow down"}');
};

async function init(call: Behaviour, options: Parameters<typeof vippsDouble>[1] = {}) {
  await using vipps = await vippsDouble({ call }, options);
  const outcome = await vipps.api.init(context, initRequest);
  return { outcome, calls: vipps.calls };
}

describe('init at Vipps', () => {
  it('R1 R85 posts to the v2 path with every required header', async () => {
    const { calls } = await init(initiated);

    const [call] = calls;
    assert.equal(call?.method, 'POST');
    assert.equal(call.path, '/psp/v2/psppayments/init');
    assert.equal(call.headers['ocp-apim-subscription-key'], 'subscription-key');
    assert.equal(call.headers['psp-id'], 'psp-id');
    assert.equal(call.headers['merchant-serial-number'], '123456');
    assert.equal(call.headers['request-id'], 'request-1');
    assert.equal(call.headers['vipps-system-name'], 'vipps-psp-adapter');
    assert.equal(call.headers['vipps-system-version'], '1.2.3');
    assert.equal(call.headers['content-type'], 'application/json;charset=UTF-8');
  });

  it('R1 posts to the v3 path, with the same headers and the same body', async () => {
    await using vipps = await vippsDouble({});
    await vipps.api.init(context, initRequest);
    await vipps.api.init({ ...context, version: 'v3' }, initRequest);

    const [v2, v3] = vipps.calls;
    assert.equal(v3?.path, '/psp/v3/psppayments/init');
    assert.deepEqual(v3.headers, v2?.headers);
    assert.equal(v3.body, v2?.body);
    assert.equal(vipps.tokenCalls.length, 1, 'one access token serves both versions');
  });

  const ids = {
    v2: {
      good: [
        { pspTransactionId: 'a'.repeat(30), merchantOrderId: '9'.repeat(30) },
        { pspTransactionId: 'a', merchantOrderId: '1' },
      ],
      bad: [
        { pspTransactionId: 'a'.repeat(31) },
        { pspTransactionId: 'A' },
        { merchantOrderId: 'b'.repeat(31) },
        { merchantOrderId: 'order-1' },
      ],
    },
    v3: {
      good: [
        { pspTransactionId: 'a'.repeat(36), merchantOrderId: 'A-'.repeat(25) },
        { pspTransactionId: 'a', merchantOrderId: '-' },
      ],
      bad: [
        { pspTransactionId: 'a'.repeat(37) },
        { pspTransactionId: 'a-b' },
        { merchantOrderId: 'b'.repeat(51) },
        { merchantOrderId: 'order_1' },
        { merchantOrderId: '' },
      ],
    },
  } as const;
  for (const version of ['v2', 'v3'] as const) {
    it(`R6 sends ids of the form that ${version} has, and refuses others before any call`, async () => {
      await using vipps = await vippsDouble({
        call: ({ body }, response) => {
          const { pspTransactionId } = JSON.parse(body) as { pspTransactionId: string };
          response.writeHead(200).end(JSON.stringify({ pspTransactionId, vippsRedirectUrl: 'x:' }));
        },
      });
      const call = { ...context, version };

      for (const good of ids[version].good) {
        const outcome = await vipps.api.init(call, { ...initRequest, ...good });
        assert.equal(outcome.kind, 'INITIATED');
      }
      for (const bad of ids[version].bad) {
        await assert.rejects(vipps.api.init(call, { ...initRequest, ...bad }));
      }
      assert.equal(vipps.calls.length, ids[version].good.length);
    });
  }

  it('R12 reads the errors of v3, with the contextId that support asks for', async () => {
    await using vipps = await vippsDouble({
      call: json(400, [
        {
          errorCode: '21',
          errorMessage: 'Merchant not available or active',
          contextId: 'cf6d52c9',
        },
      ]),
    });

    assert.deepEqual(await vipps.api.init({ ...context, version: 'v3' }, initRequest), {
      kind: 'REFUSED',
      httpStatus: 400,
      code: '21',
      message: 'Merchant not available or active',
      contextId: 'cf6d52c9',
      mayHaveTakenEffect: false,
    });
  });

  it('has breakers of its own for each version: v2 may be taken away', async () => {
    const byVersion: Behaviour = (request, response) =>
      (request.path.includes('/v2/') ? failed : initiated)(request, response);
    await using vipps = await vippsDouble(
      { call: byVersion },
      { circuit: { callsMin: 3, windowCalls: 3 }, retries: { retriesMax: 0 } },
    );
    for (let call = 0; call < 3; call += 1) await vipps.api.init(context, initRequest);

    assert.equal(vipps.api.circuits().v2.init, 'OPEN');
    assert.equal(vipps.api.circuits().v3.init, 'CLOSED');
    const outcome = await vipps.api.init({ ...context, version: 'v3' }, initRequest);
    assert.equal(outcome.kind, 'INITIATED');
  });

  it('R2 says Bearer with a capital and one space', async () => {
    const { calls } = await init(initiated);

    assert.equal(calls[0]?.headers.authorization, 'Bearer token-1');
  });

  it('R3 R4 sends the six required members, the amount as an integer, and no null', async () => {
    const { calls } = await init(initiated);

    assert.deepEqual(JSON.parse(calls[0]?.body ?? ''), {
      pspTransactionId: 'abc123',
      merchantOrderId: 'order1',
      amount: 4900,
      currency: 'NOK',
      pspRedirectUrl: 'https://shop.example/back',
      makePaymentUrl: 'https://psp.example/make-payment',
      makePaymentToken: 'the-token',
    });
  });

  it('R3 sends the optional members that there are', async () => {
    await using vipps = await vippsDouble({});
    await vipps.api.init(context, {
      ...initRequest,
      customerMobileNumber: '91234567',
      paymentText: 'Two socks',
      isApp: false,
      skipLandingPage: true,
    });

    const body = JSON.parse(vipps.calls[0]?.body ?? '') as Record<string, unknown>;
    assert.equal(body['customerMobileNumber'], '91234567');
    assert.equal(body['paymentText'], 'Two socks');
    assert.equal(body['isApp'], false);
    assert.equal(body['skipLandingPage'], true);
  });

  it('R4 R5 refuses a zero amount, one too large, and another currency before any call', async () => {
    await using vipps = await vippsDouble({});
    const amounts = [nok(0n), nok(-1n), nok(2n ** 31n), { minor: 100n, currency: 'EUR' } as const];
    for (const amount of amounts) {
      await assert.rejects(vipps.api.init(context, { ...initRequest, amount }));
    }

    assert.equal(vipps.calls.length + vipps.tokenCalls.length, 0);
  });

  it('R11 returns the redirect URL byte for byte', async () => {
    const { outcome } = await init(initiated);

    assert.deepEqual(outcome, { kind: 'INITIATED', vippsRedirectUrl: redirectUrl });
  });

  it('does without the echo of the id, which the description does not promise', async () => {
    const { outcome } = await init(json(200, { vippsRedirectUrl: redirectUrl }));

    assert.deepEqual(outcome, { kind: 'INITIATED', vippsRedirectUrl: redirectUrl });
  });

  it('R14 repeats under the same Request-Id and with the same body, until it is initiated', async () => {
    const { outcome, calls } = await init(inTurn(cut, failed, initiated));

    assert.equal(outcome.kind, 'INITIATED');
    assert.equal(calls.length, 3);
    assert.equal(new Set(calls.map((call) => call.headers['request-id'])).size, 1);
    assert.equal(new Set(calls.map((call) => call.body)).size, 1);
  });

  it('repeats after half an answer', async () => {
    const { outcome } = await init(inTurn(half(200, { pspTransactionId: 'abc123' }), initiated));

    assert.equal(outcome.kind, 'INITIATED');
  });

  it('repeats after 429, which took no effect', async () => {
    const { outcome } = await init(inTurn(tooMany, initiated));
    assert.equal(outcome.kind, 'INITIATED');

    const refused = await init(tooMany);
    assert.equal(refused.calls.length, 3);
    assert.deepEqual(refused.outcome, {
      kind: 'FAILED',
      httpStatus: 429,
      code: '429',
      message: 'Slow down',
      mayHaveTakenEffect: false,
    });
  });

  it('does not repeat a refusal', async () => {
    const { outcome, calls } = await init(json(400, [{ errorCode: '21', errorMessage: 'No' }]));

    assert.equal(calls.length, 1);
    assert.deepEqual(outcome, {
      kind: 'REFUSED',
      httpStatus: 400,
      code: '21',
      message: 'No',
      mayHaveTakenEffect: false,
    });
  });

  it('tells a 5xx from silence, and neither is a promise that nothing happened', async () => {
    const { outcome } = await init(failed);
    assert.deepEqual(outcome, {
      kind: 'FAILED',
      httpStatus: 500,
      code: 'x',
      message: 'y',
      contextId: 'context-1',
      mayHaveTakenEffect: true,
    });

    const silence = await init(silent, { tryTimeoutMs: 300 });
    assert.equal(silence.outcome.kind, 'NO_ANSWER');
    assert.equal(silence.calls.length, 3);
  });

  it('promises that nothing was sent when no connection was made', async () => {
    const { outcome } = await init(initiated, { baseUrl: await nobodyListens() });

    assert.equal(outcome.kind, 'NOT_SENT');
  });

  for (const [name, body] of Object.entries({
    'no redirect URL': { pspTransactionId: 'abc123' },
    'a redirect URL that is no text': { pspTransactionId: 'abc123', vippsRedirectUrl: 1 },
    "another payment's id": { pspTransactionId: 'other', vippsRedirectUrl: redirectUrl },
    'nothing of the kind': [],
  })) {
    it(`takes an answer with ${name} for an unknown fate`, async () => {
      const { outcome } = await init(json(200, body));

      assert.equal(outcome.kind, 'NO_ANSWER');
    });
  }

  it('says that a duplicate after an ambiguous try may be our own', async () => {
    const duplicate = json(400, [{ errorCode: '44', errorMessage: 'Exists' }]);

    const first = await init(duplicate);
    const second = await init(inTurn(cut, duplicate));

    for (const [{ outcome }, mayHaveTakenEffect] of [
      [first, false],
      [second, true],
    ] as const) {
      assert.deepEqual(outcome, {
        kind: 'REFUSED',
        httpStatus: 400,
        code: '44',
        message: 'Exists',
        duplicate: 'TRANSACTION',
        mayHaveTakenEffect,
      });
    }
  });

  it('keeps the fate unknown when Vipps is gone after an ambiguous try', async () => {
    let turns = 0;
    await using vipps = await vippsDouble(
      {
        call: (request, response) => {
          turns += 1;
          return turns === 1 ? cut(request, response) : initiated(request, response);
        },
      },
      { circuit: { callsMin: 1, windowCalls: 1 } },
    );

    const outcome = await vipps.api.init(context, initRequest);

    assert.equal(turns, 1, 'the breaker opened after the first try');
    assert.equal(outcome.kind, 'NO_ANSWER');
  });

  it('opens the breaker, says when to come back, and closes it after a call that works', async () => {
    await using vipps = await vippsDouble(
      { call: inTurn(failed, failed, failed, initiated) },
      {
        circuit: { callsMin: 3, windowCalls: 3, openMs: 50 },
        retries: { retriesMax: 0 },
      },
    );
    for (let call = 0; call < 3; call += 1) await vipps.api.init(context, initRequest);

    assert.equal(vipps.api.circuits().v2.init, 'OPEN');
    assert.equal(vipps.api.circuits().v2.details, 'CLOSED');
    assert.deepEqual(await vipps.api.init(context, initRequest), {
      kind: 'BREAKER_OPEN',
      retryAfterSeconds: 1,
      mayHaveTakenEffect: false,
    });
    assert.equal(vipps.calls.length, 3);

    let outcome = await vipps.api.init(context, initRequest);
    while (outcome.kind === 'BREAKER_OPEN') {
      await new Promise(setImmediate);
      outcome = await vipps.api.init(context, initRequest);
    }
    assert.equal(outcome.kind, 'INITIATED');
    assert.equal(vipps.api.circuits().v2.init, 'CLOSED');
  });

  it('stays within the budget, waits included', async () => {
    await using vipps = await vippsDouble({ call: silent });
    const startedAt = performance.now();

    const outcome = await vipps.api.init({ ...context, budgetMs: 500 }, initRequest);

    assert.equal(outcome.kind, 'NO_ANSWER');
    assert.ok(performance.now() - startedAt < 5_000);
  });

  it('stays within the budget while it waits for an access token', async () => {
    await using vipps = await vippsDouble({ token: silent }, { tokenTimeoutMs: 20_000 });
    const startedAt = performance.now();

    const outcome = await vipps.api.init({ ...context, budgetMs: 500 }, initRequest);

    assert.equal(outcome.kind, 'NOT_SENT');
    assert.ok(performance.now() - startedAt < 5_000);
  });

  it('stops when the caller leaves', async () => {
    const leaving = new AbortController();
    await using vipps = await vippsDouble({
      call: () => {
        leaving.abort();
      },
    });

    const outcome = await vipps.api.init({ ...context, signal: leaving.signal }, initRequest);

    assert.equal(outcome.kind, 'NO_ANSWER');
    assert.equal(vipps.calls.length, 1);
  });

  it('R12 makes a typed refusal of a 4xx without a body', async () => {
    for (const status of [400, 403, 404, 409, 422]) {
      const { outcome } = await init(text(status, ''));
      assert.equal(outcome.kind, 'REFUSED', String(status));
    }
  });
});
